import type { RopeSpec } from '@tilewright/spec';

const { fround } = Math;

/**
 * The angle per position of each pair of a head, [headDim / 2], in radians: `theta^(−2i / headDim)`, and
 * with `llama3` scaling slower where a turn takes longer than the original context.
 *
 * Every step is rounded to float32 as Hugging Face's is: at position 100,000 the rounding of a
 * frequency is visible, and the rounded one is what the model was trained with.
 */
export function ropeFrequencies(rope: RopeSpec, headDim: number): Float32Array {
  const frequencies = new Float32Array(headDim / 2);
  for (let pair = 0; pair < frequencies.length; pair++) {
    const exponent = fround((2 * pair) / headDim);
    frequencies[pair] = scale(fround(1 / fround(rope.theta ** exponent)), rope.scaling);
  }
  return frequencies;
}

/** Llama 3.1: long wavelengths are divided by `factor`, short ones kept, and those between interpolated. */
function scale(frequency: number, scaling: RopeSpec['scaling']): number {
  if (scaling.type === 'none') return frequency;
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalMaxPositions } = scaling;
  const wavelength = fround((2 * Math.PI) / frequency);
  if (wavelength > originalMaxPositions / low) return fround(frequency / factor);
  if (wavelength < originalMaxPositions / high) return frequency;
  const turns = fround(originalMaxPositions / wavelength);
  const smooth = fround(fround(turns - low) / (high - low));
  const slow = fround(fround(fround(1 - smooth) * frequency) / factor);
  return fround(slow + fround(smooth * frequency));
}
