import { f32ArrayToBf16, seededRandom } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { quantiseBlock } from './bfp16.ts';
import { matmulBfp16Bf16, matmulBfp16F32 } from './matmul-bfp16.ts';

function random(seed: number, elements: number): Uint16Array {
  const source = seededRandom(seed);
  return f32ArrayToBf16(Float32Array.from({ length: elements }, () => source.normal()));
}

/** The definition, element by element, from the block order that the signature documents. */
function reference(a: Uint16Array, b: Uint16Array, m: number, k: number, n: number): Float64Array {
  const c = new Float64Array(m * n);
  const left = new Float64Array(8);
  const right = new Float64Array(8);
  for (let row = 0; row < m; row++) {
    for (let column = 0; column < n; column++) {
      const at = ((column >> 3) * (m / 8) + (row >> 3)) * 64 + (row & 7) * 8 + (column & 7);
      for (let block = 0; block < k / 8; block++) {
        quantiseBlock(a, (block * (m / 8) + (row >> 3)) * 64 + (row & 7) * 8, 1, left, 0, 1);
        quantiseBlock(b, ((column >> 3) * (k / 8) + block) * 64 + (column & 7), 8, right, 0, 1);
        for (let i = 0; i < 8; i++) c[at] = c[at]! + left[i]! * right[i]!;
      }
    }
  }
  return c;
}

describe('matmul-bfp16', () => {
  it.each([
    [16, 8, 16],
    [32, 24, 16],
    [16, 40, 48],
    [48, 32, 32],
  ])('equals its definition to the bit at m %d, k %d, n %d, also inside larger buffers', (m, k, n) => {
    const [a, b] = [random(m, m * k + 5), random(n, k * n + 3)];
    const c = new Float64Array(m * n + 7);
    matmulBfp16F32({ a: { data: a, offset: 5 }, b: { data: b, offset: 3 }, c: { data: c, offset: 7 } }, { m, k, n });
    expect(c.subarray(7)).toEqual(reference(a.subarray(5), b.subarray(3), m, k, n));
    expect([...c.subarray(0, 7)]).toEqual(Array(7).fill(0));
  });

  it('gives the same bits however k is cut into calls', () => {
    const [m, k, n] = [16, 64, 16];
    const [a, b] = [random(1, m * k), random(2, k * n)];
    const at = (data: Uint16Array | Float64Array, offset = 0) => ({ data, offset });
    const whole = new Float64Array(m * n);
    matmulBfp16F32({ a: at(a), b: at(b), c: at(whole) }, { m, k, n });
    const cut = new Float64Array(m * n);
    for (let first = 0; first < k; first += 16) {
      // Blocks of A follow k; those of B are apart, one block column of n after another.
      const part = new Uint16Array(16 * n);
      for (let column = 0; column < n / 8; column++) {
        const from = (column * (k / 8) + first / 8) * 64;
        part.set(b.subarray(from, from + 128), column * 128);
      }
      matmulBfp16F32({ a: at(a, m * first), b: at(part), c: at(cut) }, { m, k: 16, n });
    }
    expect(cut).toEqual(whole);
  });

  it('rounds a partial sum in bf16 once per call', () => {
    const [m, k, n] = [16, 32, 16];
    const [a, b] = [random(3, m * k), random(4, k * n)];
    const c = new Uint16Array(m * n);
    matmulBfp16Bf16({ a: { data: a, offset: 0 }, b: { data: b, offset: 0 }, c: { data: c, offset: 0 } }, { m, k, n });
    expect(c).toEqual(f32ArrayToBf16(Float32Array.from(reference(a, b, m, k, n))));
  });
});
