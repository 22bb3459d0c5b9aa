import type { ModelSpec } from '@tilewright/spec';

/**
 * Rotation angle per position of each of the headDim/2 pairs: theta^(−2i/headDim), with the
 * frequency-dependent scaling of Llama 3.1 where the model asks for it (Llama 3 model card: low
 * frequencies are divided by `factor`, those between are interpolated).
 */
export function ropeAngles(model: ModelSpec): Float64Array {
  const { headDim, rope } = model;
  const angles = new Float64Array(headDim / 2);
  for (let i = 0; i < angles.length; i++) {
    const angle = rope.theta ** ((-2 * i) / headDim);
    angles[i] = rope.scaling.type === 'none' ? angle : scaled(angle, rope.scaling);
  }
  return angles;
}

type Llama3Scaling = Extract<ModelSpec['rope']['scaling'], { type: 'llama3' }>;

function scaled(angle: number, scaling: Llama3Scaling): number {
  const { factor, lowFrequencyFactor, highFrequencyFactor, originalMaxPositions } = scaling;
  const turns = (originalMaxPositions * angle) / (2 * Math.PI);
  if (turns < lowFrequencyFactor) return angle / factor;
  if (turns > highFrequencyFactor) return angle;
  const smooth = (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
  return ((1 - smooth) * angle) / factor + smooth * angle;
}

/** Rotates each head of [tokens, heads · headDim] in place by as many positions as `position` says for its token. */
export function rotateHalves(
  values: Float32Array,
  angles: Float64Array,
  heads: number,
  position: (token: number) => number,
): void {
  const half = angles.length;
  const width = heads * half * 2;
  for (let token = 0; token * width < values.length; token++) {
    for (let head = 0; head < heads; head++) {
      const start = token * width + head * half * 2;
      for (let i = 0; i < half; i++) {
        const angle = position(token) * (angles[i] as number);
        const a = values[start + i] as number;
        const b = values[start + half + i] as number;
        values[start + i] = a * Math.cos(angle) - b * Math.sin(angle);
        values[start + half + i] = b * Math.cos(angle) + a * Math.sin(angle);
      }
    }
  }
}
