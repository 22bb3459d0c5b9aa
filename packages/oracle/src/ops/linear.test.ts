import { seededRandom } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { linear } from './linear.ts';

describe('linear', () => {
  it('takes the weight as [out, in]', () => {
    const out = new Float32Array(3);
    const weight = { data: Float32Array.of(1, 0, 0, 1, 2, 3), first: 0, rows: 3 };
    linear(Float32Array.of(5, 7), weight, 2, out, 3);
    expect([...out]).toEqual([5, 7, 31]);
  });

  it.each([
    [1, 1, 1],
    [3, 7, 13],
    [2, 31, 4],
    [5, 8, 6],
  ])('is the sum in order, to the bit: %i tokens, %i in, %i out', (tokens, width, outputs) => {
    const random = seededRandom(tokens * 100 + width);
    const x = Float32Array.from({ length: tokens * width }, () => random.normal());
    const data = Float32Array.from({ length: outputs * width }, () => random.normal());
    const expected = new Float32Array(tokens * outputs);
    for (let t = 0; t < tokens; t++) {
      for (let o = 0; o < outputs; o++) {
        let sum = 0;
        for (let k = 0; k < width; k++) sum += x[t * width + k] * data[o * width + k];
        expected[t * outputs + o] = sum;
      }
    }
    const whole = new Float32Array(tokens * outputs);
    linear(x, { data, first: 0, rows: outputs }, width, whole, outputs);
    expect(whole).toEqual(expected);

    const inParts = new Float32Array(tokens * outputs);
    for (let first = 0; first < outputs; first += 3) {
      const rows = Math.min(3, outputs - first);
      const part = data.subarray(first * width, (first + rows) * width);
      linear(x, { data: part, first, rows }, width, inParts, outputs);
    }
    expect(inParts).toEqual(expected);
  });

  it('sums in float64: a small term is not lost beside large ones that cancel', () => {
    const out = new Float32Array(1);
    const weight = { data: Float32Array.of(1, 1, 1), first: 0, rows: 1 };
    linear(Float32Array.of(1e8, 1, -1e8), weight, 3, out, 1);
    expect(out[0]).toBe(1);
  });
});
