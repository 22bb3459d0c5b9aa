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

/** Row-major [rows, columns] to 8x8 blocks; `rowBlocksInner` says which block index runs faster. */
function toBlocks(matrix: Uint16Array, rows: number, columns: number, rowBlocksInner: boolean): Uint16Array {
  const blocked = new Uint16Array(matrix.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [r, c] = [row >> 3, column >> 3];
      const block = rowBlocksInner ? c * (rows / 8) + r : c * (rows / 8) + r;
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
      a: toBlocks(aStep, m, step, true),
      b: toBlocks(b.subarray(k * n, (k + step) * n), step, n, false),
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
    console.log(reduction, error);
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
    console.log(reduction, error);
    expect(Math.abs(error / published - 1)).toBeLessThan(0.1);
  });
});
