import { bf16ToF32, f32ToBf16NearestEven } from '@tilewright/spec';
import { quantiseBlock } from './bfp16.ts';
import type { MicrokernelImplementation, OperandView } from './microkernel.ts';
import { scratch } from './scratch.ts';

/** A [m, k] in blocks [k/8, m/8, 8, 8] to quantised panels of four rows: panel[m/4][k][4]. */
export function quantiseA(a: OperandView, m: number, k: number, purpose = 'matmul a'): Float64Array {
  const panels = scratch(purpose, m * k);
  const data = a.data as Uint16Array;
  for (let kBlock = 0; kBlock < k / 8; kBlock++) {
    for (let row = 0; row < m; row++) {
      const from = a.offset + (kBlock * m + row) * 8;
      quantiseBlock(data, from, 1, panels, (row >> 2) * 4 * k + kBlock * 32 + (row & 3), 4);
    }
  }
  return panels;
}

/** B [k, n] in blocks [n/8, k/8, 8, 8] to quantised panels of four columns: panel[n/4][k][4]. */
function quantiseB(b: OperandView, k: number, n: number): Float64Array {
  const panels = scratch('matmul b', k * n);
  const data = b.data as Uint16Array;
  for (let column = 0; column < n; column++) {
    for (let kBlock = 0; kBlock < k / 8; kBlock++) {
      const from = b.offset + ((column >> 3) * (k / 8) + kBlock) * 64 + (column & 7);
      quantiseBlock(data, from, 8, panels, (column >> 2) * 4 * k + kBlock * 32 + (column & 3), 4);
    }
  }
  return panels;
}

/**
 * c += A·B for one 4x4 piece: `sums` is C [n/8, m/8, 8, 8] in float64. Each element's products are
 * added to it one by one over ascending k, so that how k is cut into calls does not change a bit.
 */
export function multiplyPanels(
  a: Float64Array,
  b: Float64Array,
  sums: Float64Array,
  first: number,
  m: number,
  k: number,
  n: number,
): void {
  for (let column = 0; column < n; column += 4) {
    const bStart = column * k;
    for (let row = 0; row < m; row += 4) {
      const at = first + ((column >> 3) * m + row) * 8 + (column & 7);
      multiplyPiece(a, row * k, b, bStart, sums, at, k);
    }
  }
}

function multiplyPiece(
  a: Float64Array,
  aStart: number,
  b: Float64Array,
  bStart: number,
  c: Float64Array,
  at: number,
  k: number,
): void {
  // Two columns of four rows at a time: eight sums and six operands stay in sixteen registers.
  for (let half = 0; half < 4; half += 2) {
    const to = at + half;
    let c00 = c[to]!;
    let c01 = c[to + 1]!;
    let c10 = c[to + 8]!;
    let c11 = c[to + 9]!;
    let c20 = c[to + 16]!;
    let c21 = c[to + 17]!;
    let c30 = c[to + 24]!;
    let c31 = c[to + 25]!;
    for (let p = aStart, q = bStart + half, end = aStart + 4 * k; p < end; p += 4, q += 4) {
      const b0 = b[q]!;
      const b1 = b[q + 1]!;
      const a0 = a[p]!;
      const a1 = a[p + 1]!;
      const a2 = a[p + 2]!;
      const a3 = a[p + 3]!;
      c00 += a0 * b0;
      c01 += a0 * b1;
      c10 += a1 * b0;
      c11 += a1 * b1;
      c20 += a2 * b0;
      c21 += a2 * b1;
      c30 += a3 * b0;
      c31 += a3 * b1;
    }
    c[to] = c00;
    c[to + 1] = c01;
    c[to + 8] = c10;
    c[to + 9] = c11;
    c[to + 16] = c20;
    c[to + 17] = c21;
    c[to + 24] = c30;
    c[to + 25] = c31;
  }
}

/** c += A·B with C unrounded; a C that is held as f32 is widened and rounded around the call. */
export const matmulBfp16F32: MicrokernelImplementation = (operands, parameters) => {
  const m = parameters.m!;
  const k = parameters.k!;
  const n = parameters.n!;
  const { data, offset } = operands.c!;
  const a = quantiseA(operands.a!, m, k);
  const b = quantiseB(operands.b!, k, n);
  if (data instanceof Float64Array) {
    multiplyPanels(a, b, data, offset, m, k, n);
    return;
  }
  const sums = scratch('matmul c', m * n);
  for (let i = 0; i < m * n; i++) sums[i] = data[offset + i]!;
  multiplyPanels(a, b, sums, 0, m, k, n);
  for (let i = 0; i < m * n; i++) data[offset + i] = sums[i]!;
};

/** c = bf16(c + A·B), rounded once. */
export const matmulBfp16Bf16: MicrokernelImplementation = (operands, parameters) => {
  const m = parameters.m!;
  const k = parameters.k!;
  const n = parameters.n!;
  const { data, offset } = operands.c!;
  const a = quantiseA(operands.a!, m, k);
  const b = quantiseB(operands.b!, k, n);
  const sums = scratch('matmul c', m * n);
  for (let i = 0; i < m * n; i++) sums[i] = bf16ToF32(data[offset + i]!);
  multiplyPanels(a, b, sums, 0, m, k, n);
  for (let i = 0; i < m * n; i++) data[offset + i] = f32ToBf16NearestEven(sums[i]!);
};
