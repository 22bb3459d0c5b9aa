import type { ModelSpec, RopeSpec } from '@tilewright/spec';

/**
 * The rotation's angle per position for each pair of a head, [headDim / 2], in FP32 as Hugging Face
 * transformers computes it: θ^(−2i/headDim). With `llama3` scaling, wavelengths beyond the original context
 * are stretched by `factor`, short ones kept, and those between interpolated.
 */
export function rotationFrequencies(rope: RopeSpec, headDim: number): Float32Array {
  const frequencies = new Float32Array(headDim / 2);
  for (let i = 0; i < frequencies.length; i++) {
    frequencies[i] = 1 / Math.fround(rope.theta ** Math.fround((2 * i) / headDim));
  }
  return rope.scaling.type === 'none' ? frequencies : frequencies.map((f) => stretched(f, rope.scaling));
}

function stretched(frequency: number, scaling: RopeSpec['scaling']): number {
  if (scaling.type === 'none') return frequency;
  const { factor, lowFrequencyFactor, highFrequencyFactor, originalMaxPositions } = scaling;
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength > originalMaxPositions / lowFrequencyFactor) return frequency / factor;
  if (wavelength < originalMaxPositions / highFrequencyFactor) return frequency;
  const share = (originalMaxPositions / wavelength - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
  return ((1 - share) * frequency) / factor + share * frequency;
}

/** Rotation rows [cos half | sin half] of `count` positions, each repeated for `heads` heads: [count, heads · headDim]. */
export function ropeRows(
  model: ModelSpec,
  frequencies: Float32Array,
  heads: number,
  firstPosition: number,
  count: number,
): Float32Array {
  const { headDim } = model;
  const half = headDim / 2;
  const rows = new Float32Array(count * heads * headDim);
  for (let row = 0; row < count; row++) {
    const start = row * heads * headDim;
    for (let i = 0; i < half; i++) {
      const angle = Math.fround((firstPosition + row) * frequencies[i]);
      rows[start + i] = Math.cos(angle);
      rows[start + half + i] = Math.sin(angle);
    }
    for (let head = 1; head < heads; head++) rows.copyWithin(start + head * headDim, start, start + headDim);
  }
  return rows;
}
