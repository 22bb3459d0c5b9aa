import { seededRandom } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { quantiseBlock } from '../microkernels/bfp16.ts';
import { takeMatrixKernels } from './matrix-kernels.ts';
import { type Float32Operand, quantisedColumns, quantisedRows } from './narrow-quantiser.ts';

const VECTORS = 24;
const LIMIT = 4000;
const SLICE = 128;
const DEPTH = 2 * SLICE + 64;
const kernels = takeMatrixKernels();

/** bf16 patterns, [VECTORS, DEPTH], whose sizes `scale` chooses. */
function patterns(scale: (vector: number, k: number) => number): Uint16Array {
  const random = seededRandom(5);
  const value = new Float32Array(1);
  const bits = new Uint32Array(value.buffer);
  return Uint16Array.from({ length: VECTORS * DEPTH }, (_, i) => {
    value[0] = random.normal() * scale(Math.floor(i / DEPTH), i % DEPTH);
    return (bits[0] as number) >>> 16;
  });
}

function finish<Result>(steps: Generator<null, Result, undefined>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

function asRows(data: Uint16Array): Float32Operand | null {
  const panels = { argument: 0, bases: Int32Array.of(0, 8 * DEPTH, 16 * DEPTH), outerStride: DEPTH, kStride: 1 };
  return finish(
    quantisedRows(kernels, data, panels, 8, DEPTH, new Float32Array(VECTORS * DEPTH), { limit: LIMIT, slice: SLICE }),
  );
}

/** The same vectors as columns; in the argument, the last panel stands apart from the others. */
function asColumns(data: Uint16Array, limit: number | null = LIMIT): Float32Operand | null {
  const kStride = VECTORS + 8;
  const turned = new Uint16Array(kStride * DEPTH).fill(0x7f80);
  for (let vector = 0; vector < VECTORS; vector++) {
    for (let k = 0; k < DEPTH; k++) {
      turned[k * kStride + vector + (vector < 16 ? 0 : 8)] = data[vector * DEPTH + k] as number;
    }
  }
  const panels = { argument: 0, bases: Int32Array.of(0, 8, 24), outerStride: 1, kStride };
  return finish(
    quantisedColumns(kernels, turned, panels, 8, DEPTH, new Float32Array(VECTORS * DEPTH), { limit, slice: SLICE }),
  );
}

/** [VECTORS, DEPTH] without the remainders, and with them. */
function valuesOf(operand: Float32Operand, rows: boolean): { readonly rounded: number[]; readonly whole: number[] } {
  const rounded: number[] = [];
  for (let vector = 0; vector < VECTORS; vector++) {
    for (let k = 0; k < DEPTH; k++) {
      const start = k - (k % SLICE);
      const length = Math.min(SLICE, DEPTH - start);
      const at = rows ? start * VECTORS + vector * length + k - start : k * VECTORS + vector;
      rounded.push((operand.values[at] as number) + 0);
    }
  }
  const whole = [...rounded];
  for (const { vector, k, values } of operand.remainders) {
    for (const [i, left] of values.entries())
      whole[vector * DEPTH + k + i] = (whole[vector * DEPTH + k + i] ?? 0) + left;
  }
  return { rounded, whole };
}

/** By the definition. */
function expected(data: Uint16Array): number[] {
  const out = new Float64Array(data.length);
  for (let at = 0; at < data.length; at += 8) quantiseBlock(data, at, 1, out, at, 1);
  return Array.from(out, (value) => value + 0);
}

/** Every 61st block is a thousand times smaller than the others, and one vector is zero. */
const uneven = patterns((vector, k) => (vector === 7 ? 0 : (vector * DEPTH + k) % (8 * 61) < 8 ? 0.001 : 1));

describe('operands in float32', () => {
  it.each([
    ['rows', true, asRows(uneven)],
    ['columns', false, asColumns(uneven)],
  ])('are, as %s, with their remainders what the definition says', (_, rows, operand) => {
    expect(valuesOf(operand as Float32Operand, rows).whole).toEqual(expected(uneven));
  });

  it('are narrow where few blocks stand out: slices have few bits, and what is missing is noted', () => {
    const even = patterns((vector, k) => (vector === 3 && k < 8 ? 2 ** -9 : 1));
    for (const [rows, operand] of [
      [true, asRows(even)],
      [false, asColumns(even)],
    ] as const) {
      expect(operand?.narrow).toBe(true);
      expect(operand?.remainders.map(({ vector, k }) => [vector, k])).toContainEqual([3, 0]);
      const { rounded, whole } = valuesOf(operand as Float32Operand, rows);
      expect(whole).toEqual(expected(even));
      for (let vector = 0; vector < VECTORS; vector++) {
        for (let start = 0; start < DEPTH; start += SLICE) {
          const slice = rounded.slice(vector * DEPTH + start, vector * DEPTH + Math.min(start + SLICE, DEPTH));
          const unit = commonUnit(slice);
          expect(Math.hypot(...slice) / unit).toBeLessThan(2 ** 12);
        }
      }
    }
  });

  it('are whole where many blocks stand out, and where nobody asked for narrow ones', () => {
    for (const operand of [
      asRows(uneven),
      asColumns(uneven),
      asColumns(
        patterns(() => 1),
        null,
      ),
    ]) {
      expect(operand?.narrow).toBe(false);
      expect(operand?.remainders).toEqual([]);
    }
  });

  it('know the spread of each vector', () => {
    const data = new Uint16Array(VECTORS * DEPTH);
    data[5 * DEPTH] = 130 << 7;
    data[5 * DEPTH + DEPTH - 1] = 0x8000 | (120 << 7);
    for (const operand of [asRows(data), asColumns(data)]) {
      expect(operand?.largestSpread).toBe(10);
      expect([...(operand as Float32Operand).spreads].indexOf(10)).toBe(5);
    }
  });

  it.each([
    ['infinite', 0x7f80],
    ['not a number', 0xffc1],
    ['too small', 40 << 7],
    ['subnormal', 1],
    ['too large', 250 << 7],
  ])('are none where a value is %s', (_, pattern) => {
    const data = patterns(() => 1);
    data.fill(0, 9 * DEPTH + 304, 9 * DEPTH + 312);
    data[9 * DEPTH + 305] = pattern;
    expect(asRows(data)).toBeNull();
    expect(asColumns(data)).toBeNull();
  });
});

/** The largest power of two of which all are multiples. */
function commonUnit(values: readonly number[]): number {
  let unit = 2 ** 20;
  for (const value of values) while (value % unit !== 0) unit /= 2;
  return unit;
}
