import { seededRandom } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { attention } from './attention.ts';

function normals(seed: number, length: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length }, () => random.normal());
}

describe('attention', () => {
  it('weighs values by the softmax of scaled scores', () => {
    // headDim 4, so scores are halved: 2·ln 3 / 2 = ln 3 against 0, weights 3/4 and 1/4.
    const shape = { tokens: 1, past: 1, heads: 1, keyValueHeads: 1, headDim: 4 };
    const query = Float32Array.of(2 * Math.log(3), 0, 0, 0);
    const keys = Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0);
    const values = Float32Array.of(4, 0, 8, 0, 0, 4, 8, 0);
    const out = attention(query, keys, values, shape);
    [3, 1, 8, 0].forEach((expected, i) => {
      expect(out[i]).toBeCloseTo(expected, 6);
    });
  });

  it('lets no query see a later key', () => {
    const shape = { tokens: 5, past: 0, heads: 2, keyValueHeads: 2, headDim: 6 };
    const [q, k, v] = [1, 2, 3].map((seed) => normals(seed, 5 * 12));
    const before = attention(q, k, v, shape);
    expect(before.subarray(0, 12)).toEqual(v.subarray(0, 12));
    k.fill(9, 4 * 12);
    v.fill(9, 4 * 12);
    expect(attention(q, k, v, shape).subarray(0, 4 * 12)).toEqual(before.subarray(0, 4 * 12));
  });

  it('with grouped heads equals repeating each key-value head for its group', () => {
    const shape = { tokens: 3, past: 2, heads: 6, keyValueHeads: 2, headDim: 4 };
    const q = normals(1, 3 * 24);
    const [k, v] = [2, 3].map((seed) => normals(seed, 5 * 8));
    const repeat = (x: Float32Array) => {
      const out = new Float32Array(5 * 24);
      for (let position = 0; position < 5; position++) {
        for (let head = 0; head < 6; head++) {
          const start = position * 8 + (head < 3 ? 0 : 4);
          out.set(x.subarray(start, start + 4), position * 24 + head * 4);
        }
      }
      return out;
    };
    expect(attention(q, k, v, shape)).toEqual(attention(q, repeat(k), repeat(v), { ...shape, keyValueHeads: 6 }));
  });

  it('does not overflow on large scores', () => {
    const shape = { tokens: 1, past: 1, heads: 1, keyValueHeads: 1, headDim: 2 };
    const out = attention(
      Float32Array.of(1e4, 0),
      Float32Array.of(1e4, 0, -1e4, 0),
      Float32Array.of(1, 2, 3, 4),
      shape,
    );
    expect([...out]).toEqual([1, 2]);
  });

  it('computes a later query alone as it does among the others', () => {
    const [q, k, v] = [1, 2, 3].map((seed) => normals(seed, 7 * 8));
    const sizes = { heads: 2, keyValueHeads: 2, headDim: 4 };
    const all = attention(q, k, v, { tokens: 7, past: 0, ...sizes });
    expect(attention(q.subarray(48), k, v, { tokens: 1, past: 6, ...sizes })).toEqual(all.subarray(48));
  });
});
