import { bf16ArrayToF32, f32ArrayToBf16, MICROKERNELS, seededRandom } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { IMPLEMENTATIONS } from './implementations.ts';
import type { OperandView, Storage } from './microkernel.ts';

/** Published mean relative L1 errors, mean|out − ref| / mean|ref| against FP32, from facts/kernels.json and tolerances.json. */

const whole = (data: Storage): OperandView => ({ data, offset: 0 });

function call(name: string, operands: Record<string, Storage>, parameters: Record<string, number>): void {
  expect(MICROKERNELS.get(name)!.limits(parameters)).toEqual([]);
  const views = Object.fromEntries(Object.entries(operands).map(([operand, data]) => [operand, whole(data)]));
  IMPLEMENTATIONS.get(name)!(views, parameters);
}

function randomBf16(seed: number, elements: number, scale: number): Uint16Array {
  const random = seededRandom(seed);
  return f32ArrayToBf16(Float32Array.from({ length: elements }, () => random.normal() * scale));
}

function meanRelativeL1(got: ArrayLike<number>, reference: ArrayLike<number>): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < reference.length; i++) {
    difference += Math.abs(got[i]! - reference[i]!);
    size += Math.abs(reference[i]!);
  }
  return difference / size;
}

/** Row-major [rows, columns] to 8x8 blocks, of which those of one block column follow each other. */
function toBlocks(matrix: Uint16Array, rows: number, columns: number): Uint16Array {
  const blocked = new Uint16Array(matrix.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [r, c] = [row >> 3, column >> 3];
      const block = c * (rows / 8) + r;
      blocked[block * 64 + (row & 7) * 8 + (column & 7)] = matrix[row * columns + column]!;
    }
  }
  return blocked;
}

/** One 32x32 output of a GEMM of length K in steps of 32, as the kernels run it, and the FP32 reference. */
function gemmError(reduction: number, lowPrecision: boolean): number {
  const [m, n, step] = [32, 32, 32];
  const scale = 1 / Math.sqrt(reduction);
  const a = randomBf16(1, m * reduction, scale);
  const b = randomBf16(2, reduction * n, scale);
  const accumulator = new Float64Array(m * n);
  const c = new Uint16Array(m * n);
  for (let k = 0; k < reduction; k += step) {
    const aStep = new Uint16Array(m * step);
    for (let row = 0; row < m; row++)
      aStep.set(a.subarray(row * reduction + k, row * reduction + k + step), row * step);
    const operands = {
      a: toBlocks(aStep, m, step),
      b: toBlocks(b.subarray(k * n, (k + step) * n), step, n),
      c: lowPrecision ? c : accumulator,
    };
    call(lowPrecision ? 'matmul-bfp16-bf16' : 'matmul-bfp16-f32', operands, { m, n, k: step });
  }
  if (!lowPrecision) call('cast-f32-bf16', { a: accumulator, c }, { n: m * n });

  const [aReal, bReal, got] = [bf16ArrayToF32(a), bf16ArrayToF32(b), bf16ArrayToF32(c)];
  const reference = new Float64Array(m * n);
  const rowMajor = new Float64Array(m * n);
  for (let row = 0; row < m; row++) {
    for (let column = 0; column < n; column++) {
      let sum = 0;
      for (let k = 0; k < reduction; k++) sum += aReal[row * reduction + k]! * bReal[k * n + column]!;
      reference[row * n + column] = sum;
      rowMajor[row * n + column] = got[((column >> 3) * (m / 8) + (row >> 3)) * 64 + (row & 7) * 8 + (column & 7)]!;
    }
  }
  return meanRelativeL1(rowMajor, reference);
}

describe('published errors come out of the datapath', () => {
  it.each([512, 1024, 2048, 8192])('GEMM at K = %d: 9.0 to 9.9e-3', (reduction) => {
    const error = gemmError(reduction, false);
    expect(error).toBeGreaterThan(8.8e-3);
    expect(error).toBeLessThan(9.9e-3);
  });

  it.each([
    [512, 10e-3],
    [1024, 11e-3],
    [2048, 13e-3],
    [4096, 15e-3],
    [8192, 19e-3],
  ])('low-precision GEMM at K = %d: %d', (reduction, published) => {
    const error = gemmError(reduction, true);
    expect(Math.abs(error / published - 1)).toBeLessThan(0.1);
  });

  it('add: 1.9e-3, from stores that truncate', () => {
    const n = 1 << 16;
    const [a, b, c] = [randomBf16(3, n, 1), randomBf16(4, n, 1), new Uint16Array(n)];
    call('add-bf16', { a, b, c }, { n });
    const [aReal, bReal] = [bf16ArrayToF32(a), bf16ArrayToF32(b)];
    const error = meanRelativeL1(
      bf16ArrayToF32(c),
      aReal.map((value, i) => value + (bReal[i] as number)),
    );
    expect(error).toBeGreaterThan(1.84e-3);
    expect(error).toBeLessThan(1.94e-3);
  });

  it('GEMV: at most 2.2e-6 beside the reference rounded to bf16', () => {
    const [rows, k] = [64, 2048];
    const [a, x, c] = [randomBf16(5, rows * k, 4), randomBf16(6, k, 4), new Uint16Array(rows)];
    call('gemv-bf16', { a, x, c }, { rows, k });
    const [aReal, xReal] = [bf16ArrayToF32(a), bf16ArrayToF32(x)];
    const reference = new Float32Array(rows);
    for (let row = 0; row < rows; row++) {
      // FP32 sums in another order than the kernel's: from the end.
      let sum = 0;
      for (let i = k - 1; i >= 0; i--) sum = Math.fround(sum + aReal[row * k + i]! * xReal[i]!);
      reference[row] = sum;
    }
    const error = meanRelativeL1(bf16ArrayToF32(c), bf16ArrayToF32(f32ArrayToBf16(reference)));
    expect(error).toBeLessThan(2.2e-6);
  });
});
