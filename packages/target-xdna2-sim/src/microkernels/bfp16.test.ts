import { bf16ArrayToF32, f32ArrayToBf16, seededRandom } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { quantiseBlock } from './bfp16.ts';

function quantised(values: readonly number[]): number[] {
  const out = new Float64Array(8);
  quantiseBlock(f32ArrayToBf16(Float32Array.from(values)), 0, 1, out, 0, 1);
  return [...out];
}

describe('bfp16ebs8', () => {
  it('shares the exponent of the largest value and rounds ties to even', () => {
    // Largest 1.5: unit 2^-6. 0.0078125 is half a unit (to even: 0), 0.0234375 one and a half (to even: two).
    expect(quantised([1.5, 0.0078125, 0.0234375, -0.0234375, 0.015625, 0, -1.5, 0.25])).toEqual([
      1.5, 0, 0.03125, -0.03125, 0.015625, 0, -1.5, 0.25,
    ]);
  });

  it('holds mantissas in eight bits: what rounds above 127 stays at 127, below is −128', () => {
    expect(quantised([1.9921875, -1.9921875, 0, 0, 0, 0, 0, 0]).slice(0, 2)).toEqual([127 / 64, -2]);
  });

  it('keeps zeros and spreads non-finite values over their block', () => {
    expect(quantised([0, 0, 0, 0, 0, 0, 0, 0])).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(quantised([1, 2, Number.POSITIVE_INFINITY, 0, 0, 0, 0, 0])).toEqual(Array(8).fill(Number.NaN));
    expect(quantised([1, Number.NaN, 2, 0, 0, 0, 0, 0])).toEqual(Array(8).fill(Number.NaN));
  });

  it('is never further off than half a unit, one unit where it saturates', () => {
    const random = seededRandom(7);
    for (let trial = 0; trial < 500; trial++) {
      const scale = 2 ** random.integer(-60, 60);
      const bits = f32ArrayToBf16(Float32Array.from({ length: 8 }, () => random.normal() * scale));
      const values = bf16ArrayToF32(bits);
      const out = new Float64Array(8);
      quantiseBlock(bits, 0, 1, out, 0, 1);
      const unit = 2 ** (Math.floor(Math.log2(Math.max(...values.map(Math.abs)))) - 6);
      values.forEach((value, i) => {
        const saturates = value / unit > 127;
        expect(Math.abs((out[i] as number) - value)).toBeLessThanOrEqual(saturates ? unit : unit / 2);
      });
    }
  });
});
