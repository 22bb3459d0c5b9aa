import { seededRandom } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { qkNorm } from './qk-norm.ts';
import { rmsNorm } from './rms-norm.ts';

const f32 = (...values: number[]) => Float32Array.from(values);

describe('rmsNorm', () => {
  it('divides by the root of the mean square', () => {
    // Row [3, 4]: mean square 12.5. Row [0, 2]: mean square 2.
    const out = rmsNorm(f32(3, 4, 0, 2), f32(1, 10), 0);
    const expected = [3 / Math.sqrt(12.5), 40 / Math.sqrt(12.5), 0, 20 / Math.sqrt(2)];
    expect([...out]).toEqual(expected.map(Math.fround));
  });

  it('adds epsilon to the mean square, not to the root', () => {
    expect(rmsNorm(f32(1, 1), f32(1, 1), 3)[0]).toBe(0.5);
    expect([...rmsNorm(f32(0, 0), f32(1, 1), 1e-6)]).toEqual([0, 0]);
  });

  it('does not see the scale of a row', () => {
    const random = seededRandom(1);
    const x = Float32Array.from({ length: 3 * 7 }, () => random.normal());
    const weight = Float32Array.from({ length: 7 }, () => random.normal());
    const scaled = x.map((value) => 1024 * value);
    expect(rmsNorm(scaled, weight, 0)).toEqual(rmsNorm(x, weight, 0));
  });
});

describe('qkNorm', () => {
  it('treats every head on its own', () => {
    // 1 token, 2 heads of 2.
    const out = qkNorm(f32(3, 4, 30, 40), f32(1, 1), 0);
    expect([...out.subarray(2)]).toEqual([...out.subarray(0, 2)]);
  });
});
