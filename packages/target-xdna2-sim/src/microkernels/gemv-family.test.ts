import { bf16ToF32, f32ToBf16NearestEven, type SeededRandom, seededRandom } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { IMPLEMENTATIONS } from './implementations.ts';
import type { Storage } from './microkernel.ts';

function call(name: string, operands: Record<string, Storage>, parameters: Record<string, number>): void {
  const views = Object.fromEntries(Object.entries(operands).map(([key, data]) => [key, { data, offset: 0 }]));
  IMPLEMENTATIONS.get(name)?.(views, parameters);
}

const draw = (random: SeededRandom, count: number): Uint16Array =>
  Uint16Array.from({ length: count }, () => f32ToBf16NearestEven(random.normal()));
const wide = (bits: Uint16Array): number[] => Array.from(bits, bf16ToF32);

/** Σ a·x of one row, exact enough to round from. */
function dot(a: Uint16Array, x: Uint16Array, row: number, from: number, to: number): number {
  const [matrix, vector] = [wide(a), wide(x)];
  let sum = 0;
  for (let i = from; i < to; i++) sum += (matrix[row * x.length + i] as number) * (vector[i] as number);
  return sum;
}

describe('gemv-partial-f32', () => {
  it('adds 16 lanes of f32, each step rounded, to what was there', () => {
    // 2^24 + 1 is no f32: in one lane the ones are lost, in others they are not.
    const a = new Uint16Array(64).fill(f32ToBf16NearestEven(1));
    const x = new Uint16Array(64).fill(f32ToBf16NearestEven(1));
    a[0] = f32ToBf16NearestEven(2 ** 24);
    const c = Float32Array.from([0.5]);
    call('gemv-partial-f32', { a, x, c }, { rows: 1, k: 64 });
    // Lane 0 stays at 2^24; the other 15 lanes have 4 each, and come to it pairwise: 60, no rounding on the way.
    expect(c[0]).toBe(2 ** 24 + 60);
  });

  it('comes with its parts within f32 roundings of the whole product', () => {
    const random = seededRandom(1);
    const [rows, k] = [5, 256];
    const [a, x] = [draw(random, rows * k), draw(random, k)];
    const parts = new Float32Array(rows);
    for (let part = 0; part < 4; part++) {
      const slice = Uint16Array.from(
        { length: rows * 64 },
        (_, i) => a[Math.floor(i / 64) * k + part * 64 + (i % 64)]!,
      );
      const own = new Float32Array(16);
      call('gemv-partial-f32', { a: slice, x: x.slice(part * 64, part * 64 + 64), c: own }, { rows, k: 64 });
      const sums = new Float32Array(16);
      sums.set(parts);
      call('add-f32', { a: own, c: sums }, { n: 16 });
      parts.set(sums.subarray(0, rows));
    }
    const stored = new Uint16Array(rows);
    call('store-rows-bf16', { a: parts, c: stored }, { rows });
    for (let row = 0; row < rows; row++) {
      const exact = dot(a, x, row, 0, k);
      expect(Math.abs((parts[row] as number) - exact)).toBeLessThan(1e-4);
      expect(stored[row]).toBe(f32ToBf16NearestEven(parts[row] as number));
    }
  });

  it('starts from a residual without a rounding', () => {
    const residual = draw(seededRandom(2), 3);
    const c = new Float32Array(16);
    call('widen-bf16-f32', { a: residual, c }, { n: 3 });
    expect([...c.subarray(0, 3)]).toEqual(wide(residual));
  });
});

describe('gemv-micro-tile-bf16', () => {
  it('rounds to bf16 after every micro-tile', () => {
    const random = seededRandom(3);
    const [rows, k] = [8, 1024];
    const [a, x] = [draw(random, rows * k), draw(random, k)];
    const c = new Uint16Array(rows);
    const expected = new Uint16Array(rows);
    for (let start = 0; start < k; start += 512) {
      const tile = Uint16Array.from({ length: rows * 512 }, (_, i) => a[Math.floor(i / 512) * k + start + (i % 512)]!);
      call('gemv-micro-tile-bf16', { a: tile, x: x.slice(start, start + 512), c }, { rows, k: 512 });
      for (let row = 0; row < rows; row++) {
        const before = bf16ToF32(expected[row] as number);
        expected[row] = f32ToBf16NearestEven(before + dot(a, x, row, start, start + 512));
      }
    }
    expect(c).toEqual(expected);
    const once = Uint16Array.from({ length: rows }, (_, row) => f32ToBf16NearestEven(dot(a, x, row, 0, k)));
    expect(c).not.toEqual(once);
  });
});

describe('add-rows-bf16', () => {
  it('rounds to nearest even, unlike the generated add', () => {
    const a = Uint16Array.from([f32ToBf16NearestEven(1), f32ToBf16NearestEven(1)]);
    const b = Uint16Array.from([f32ToBf16NearestEven(3 * 2 ** -9), f32ToBf16NearestEven(2 ** -8)]);
    const c = new Uint16Array(2);
    call('add-rows-bf16', { a, b, c }, { rows: 2 });
    expect(wide(c)).toEqual([1 + 2 ** -7, 1]);
  });
});

describe('silu-mul-pairs', () => {
  it('is silu-mul on pairs, each rounded to bf16 before', () => {
    const random = seededRandom(4);
    const pairs = Float32Array.from({ length: 32 }, () => random.normal());
    const output = new Uint16Array(16);
    call('silu-mul-pairs', { pairs, output }, { count: 16 });
    const [gate, up] = [0, 1].map((part) =>
      Uint16Array.from({ length: 16 }, (_, i) => f32ToBf16NearestEven(pairs[2 * i + part] as number)),
    );
    const expected = new Uint16Array(16);
    call('silu-mul-bf16', { gate: gate as Uint16Array, up: up as Uint16Array, output: expected }, { count: 16 });
    expect(output).toEqual(expected);
  });
});
