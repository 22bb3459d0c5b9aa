import { describe, expect, it } from 'vitest';
import { ropeFrequencies } from '../ops/rope-frequencies.ts';
import { ropeScalingOf } from './rope-factors.ts';

/** What llama.cpp's converter writes: by how much the oracle's own scaling divides each plain frequency. */
function factorsOf(theta: number, headDim: number, scaling: Record<string, number>): Float32Array {
  const plain = ropeFrequencies({ theta, scaling: { type: 'none' } }, headDim);
  const scaled = ropeFrequencies({ theta, scaling: { type: 'llama3', ...scaling } as never }, headDim);
  return plain.map((frequency, pair) => frequency / scaled[pair]);
}

describe('ropeScalingOf', () => {
  it.each([
    ['Llama-3.1-8B', 128, { factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: 8192 }],
    ['Llama-3.2-1B', 64, { factor: 32, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: 8192 }],
    ['a short context', 32, { factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: 64 }],
  ])('finds the parameters of %s', (_, headDim, scaling) => {
    expect(ropeScalingOf(factorsOf(500_000, headDim, scaling), 500_000, {})).toEqual({ type: 'llama3', ...scaling });
  });

  it('finds parameters that scale the same, where low is not 1', () => {
    const written = { factor: 8, lowFrequencyFactor: 2, highFrequencyFactor: 4, originalMaxPositions: 8192 };
    const factors = factorsOf(500_000, 64, written);
    const found = ropeScalingOf(factors, 500_000, {});
    expect(found).toEqual({
      ...written,
      type: 'llama3',
      lowFrequencyFactor: 1,
      highFrequencyFactor: 2,
      originalMaxPositions: 4096,
    });
  });

  it('takes factors of 1 for no scaling, and knows when it does not understand', () => {
    expect(ropeScalingOf(new Float32Array(32).fill(1), 10_000, {})).toEqual({ type: 'none' });
    expect(ropeScalingOf(new Float32Array(32).fill(2), 10_000, {})).toBeNull();
    const factors = factorsOf(500_000, 64, {
      factor: 32,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalMaxPositions: 8192,
    });
    factors[5] *= 1.001;
    expect(ropeScalingOf(factors, 500_000, {})).toBeNull();
    expect(ropeScalingOf(new Float32Array(32).fill(Number.NaN), 500_000, {})).toBeNull();
  });
});
