import type { MatrixEngine } from '@tilewright/spec';
import type { Storage } from '../microkernels/microkernel.ts';
import { ArrayPool } from './array-pool.ts';
import { type ExponentRange, emptyRange, quantiseColumns, quantiseVectors } from './block-quantiser.ts';
import { giveFloat64, takeFloat64 } from './float64-pool.ts';
import {
  giveMatrixKernels,
  HELD_SLICES,
  MATRIX_MEMORY,
  type MatrixKernels,
  PARTIAL_SUMS,
  PRODUCT_GAP,
  takeMatrixKernels,
} from './matrix-kernels.ts';
import type { MatrixLaunch } from './matrix-launch.ts';
import {
  type Float32Operand,
  MOST_SLICE,
  quantisedColumns,
  quantisedRows,
  type Remainder,
} from './narrow-quantiser.ts';
import { normLimits } from './norm-limits.ts';
import { exactSpread, spreadOf } from './quantised-stack.ts';
import { storeRow } from './tile-store.ts';

/** Rows and columns that are multiplied at once, at most: what a block's slices give should stay in the cache. */
const BLOCK_ROWS = 1024;
const BLOCK_COLUMNS = 1024;
/** Roundings to units add less to the bits of a sum. */
const ROUNDING_BITS = 2;

const float32 = new ArrayPool<Float32Array>((elements) => new Float32Array(elements));

type Steps<Result = void> = Generator<Promise<void> | null, Result, undefined>;

/** Panels [first, first + count) of a side. */
interface Part {
  readonly first: number;
  readonly count: number;
}

/** What the blocks of a launch have in common while it is executed. */
interface Run {
  readonly launch: MatrixLaunch;
  readonly engine: MatrixEngine;
  readonly kernels: MatrixKernels;
  readonly memory: Float32Array | Uint16Array;
}

/** Executes a launch that is one matrix product: in float32 where that is exact, and else in float64. */
export function* matrixSteps(launch: MatrixLaunch, elements: readonly Storage[], engine: MatrixEngine): Steps {
  const { m, n, k, rows, columns, target } = launch;
  const a = elements[rows.argument] as Uint16Array;
  const b = elements[columns.argument] as Uint16Array;
  const memory = elements[target.argument] as Float32Array | Uint16Array;
  const kernels = takeMatrixKernels();
  const run = { launch, engine, kernels, memory };
  const rowElements = rows.bases.length * m * k;
  const leftMemory = float32.take(rowElements);
  const limits = normLimits(kernels, launch, a, b);
  const slice = limits?.slice ?? MOST_SLICE;
  const leftValues = leftMemory.subarray(0, rowElements);
  const left = yield* quantisedRows(kernels, a, rows, m, k, leftValues, { limit: limits?.rows ?? null, slice });
  let wide: WideOperand | null = null;
  for (const part of parts(columns.bases.length, Math.max(1, Math.floor(BLOCK_COLUMNS / n)))) {
    const panels = { ...columns, bases: columns.bases.subarray(part.first, part.first + part.count) };
    const columnElements = part.count * n * k;
    const rightMemory = float32.take(columnElements);
    const values = rightMemory.subarray(0, columnElements);
    const limit = left?.narrow === true && limits !== null ? limits.columns : null;
    const right = yield* quantisedColumns(kernels, b, panels, n, k, values, { limit, slice });
    const panelsAtOnce = Math.max(1, Math.floor(BLOCK_ROWS / m));
    const hasRoom = panelsAtOnce * m * part.count * n <= PARTIAL_SUMS;
    if (hasRoom && left !== null && right !== null && isNarrow(left, right, k)) {
      for (const rowPart of parts(rows.bases.length, panelsAtOnce)) {
        yield* narrowBlock(run, left, rowPart, right, part);
      }
    } else {
      wide ??= wideRows(launch, a, left);
      const wideRight = wideColumns(launch, b, part, right);
      yield null;
      for (const rowPart of parts(rows.bases.length, panelsAtOnce)) {
        yield* wideBlock(run, wide, rowPart, wideRight, part);
      }
      giveFloat64(wideRight.values);
    }
    float32.give(rightMemory);
  }
  float32.give(leftMemory);
  if (wide !== null) giveFloat64(wide.values);
  giveMatrixKernels(kernels);
}

/** Whether products are exact in float32 and their sums, with what rounding left, in float64. */
function isNarrow(left: Float32Operand, right: Float32Operand, depth: number): boolean {
  const spread = left.largestSpread + right.largestSpread;
  return left.narrow && right.narrow && spread <= exactSpread(depth) - ROUNDING_BITS;
}

function parts(panels: number, most: number): readonly Part[] {
  return Array.from({ length: Math.ceil(panels / most) }, (_, index) => ({
    first: index * most,
    count: Math.min(most, panels - index * most),
  }));
}

/** A block of rows and columns: slices multiplied in float32 and added up in float64. */
function* narrowBlock(
  { launch, engine, kernels, memory }: Run,
  left: Float32Operand,
  rowPart: Part,
  right: Float32Operand,
  columnPart: Part,
): Steps {
  const { m, n, k, target } = launch;
  const firstRow = rowPart.first * m;
  const rows = rowPart.count * m;
  const columns = columnPart.count * n;
  const slices = Math.ceil(k / left.slice);
  const { products, sums, partial, output } = MATRIX_MEMORY;
  const stride = rows * columns + PRODUCT_GAP;
  // One row of sums is enough where all slices are held.
  const inParts = slices > HELD_SLICES;
  if (inParts) kernels.float64.fill(0, partial / 8, partial / 8 + rows * columns);
  const remainders = remaindersOf(left, right, k);
  const rounded = target.rounds ? kernels.uint16 : kernels.float32;
  const from = output / rounded.BYTES_PER_ELEMENT;
  for (let begin = 0; begin < slices; begin += HELD_SLICES) {
    const held = Math.min(HELD_SLICES, slices - begin);
    for (let slice = 0; slice < held; slice++) {
      const start = (begin + slice) * left.slice;
      const depth = Math.min(left.slice, k - start);
      const x = start * left.vectors + firstRow * depth;
      const out = products / 4 + slice * stride;
      yield engine.product({
        x: left.values.subarray(x, x + rows * depth),
        w: right.values.subarray(start * columns, (start + depth) * columns),
        out: kernels.float32.subarray(out, out + rows * columns),
        m: rows,
        n: columns,
        k: depth,
        transposed: false,
      });
    }
    if (begin + held < slices) {
      kernels.addSlices(products, 4 * stride, held, partial, rows * columns, partial);
      continue;
    }
    const addSlices = target.rounds ? kernels.addSlicesBf16 : kernels.addSlicesF32;
    for (let i = 0; i < rows; i++) {
      const rowSums = inParts ? partial + 8 * i * columns : sums;
      const initial = kernels.float64.subarray(rowSums / 8, rowSums / 8 + columns);
      if (!inParts) initial.fill(0);
      remainders?.(firstRow + i, initial);
      addSlices(products + 4 * i * columns, 4 * stride, held, rowSums, columns, output);
      copyRow(launch, memory, firstRow + i, columnPart, rounded, from);
    }
    yield null;
  }
}

/** Puts a row that is rounded already where the launch wants it. */
function copyRow(
  { m, n, columns, target }: MatrixLaunch,
  memory: Float32Array | Uint16Array,
  row: number,
  { first, count }: Part,
  rounded: Float32Array | Uint16Array,
  from: number,
): void {
  const panel = Math.floor(row / m) * columns.bases.length + first;
  const within = (row % m) * target.rowStride;
  for (let begin = 0; begin < count; ) {
    const to = target.bases[panel + begin] as number;
    let end = begin + 1;
    // Tiles that lie side by side are copied at once.
    while (end < count && target.bases[panel + end] === to + (end - begin) * n) end++;
    memory.set(rounded.subarray(from + begin * n, from + end * n), to + within);
    begin = end;
  }
}

/** Adds to a row's sums what rounding to units had left out of both operands; null where it left out nothing. */
function remaindersOf(
  left: Float32Operand,
  right: Float32Operand,
  k: number,
): ((row: number, sums: Float64Array) => void) | null {
  if (left.remainders.length === 0 && right.remainders.length === 0) return null;
  const ofRow = new Map<number, Remainder[]>();
  for (const each of left.remainders) {
    const known = ofRow.get(each.vector);
    if (known === undefined) ofRow.set(each.vector, [each]);
    else known.push(each);
  }
  const atDepth = new Map<number, Remainder[]>();
  for (const each of right.remainders) {
    const known = atDepth.get(each.k);
    if (known === undefined) atDepth.set(each.k, [each]);
    else known.push(each);
  }
  return (row, sums) => {
    for (const { vector, k: depth, values } of right.remainders) {
      const start = depth - (depth % left.slice);
      const length = Math.min(left.slice, k - start);
      const from = start * left.vectors + row * length + depth - start;
      let sum = 0;
      for (let i = 0; i < 8; i++) sum += (left.values[from + i] as number) * (values[i] as number);
      sums[vector] = (sums[vector] as number) + sum;
    }
    for (const { k: depth, values } of ofRow.get(row) ?? []) {
      for (let i = 0; i < 8; i++) {
        const value = values[i] as number;
        if (value === 0) continue;
        const from = (depth + i) * right.vectors;
        for (let j = 0; j < sums.length; j++) {
          sums[j] = (sums[j] as number) + value * (right.values[from + j] as number);
        }
      }
      for (const other of atDepth.get(depth) ?? []) {
        let sum = 0;
        for (let i = 0; i < 8; i++) sum += (values[i] as number) * (other.values[i] as number);
        sums[other.vector] = (sums[other.vector] as number) + sum;
      }
    }
  };
}

/** Vectors in float64, rows as [vectors, k] and columns as [k, vectors], with the spread of each. */
interface WideOperand {
  readonly values: Float64Array;
  readonly spreads: Uint8Array | Float64Array;
}

function wideRows({ m, k, rows }: MatrixLaunch, data: Uint16Array, known: Float32Operand | null): WideOperand {
  const vectors = rows.bases.length * m;
  const values = takeFloat64(vectors * k);
  if (known !== null) {
    for (let start = 0; start < k; start += known.slice) {
      const length = Math.min(known.slice, k - start);
      for (let row = 0, from = start * vectors; row < vectors; row++, from += length) {
        values.set(known.values.subarray(from, from + length), row * k + start);
      }
    }
    for (const { vector, k: depth, values: left } of known.remainders) {
      for (let i = 0, at = vector * k + depth; i < 8; i++, at++)
        values[at] = (values[at] as number) + (left[i] as number);
    }
    return { values, spreads: known.spreads };
  }
  const range = emptyRange(vectors);
  for (const [panel, base] of rows.bases.entries()) {
    quantiseVectors(data, base, rows.outerStride, rows.kStride, m, k, values, panel * m, range);
  }
  return { values, spreads: spreadsOf(range, vectors) };
}

function wideColumns(
  { n, k, columns }: MatrixLaunch,
  data: Uint16Array,
  part: Part,
  known: Float32Operand | null,
): WideOperand {
  const vectors = part.count * n;
  const values = takeFloat64(k * vectors);
  if (known !== null) {
    values.set(known.values);
    for (const { vector, k: depth, values: left } of known.remainders) {
      for (let i = 0, at = depth * vectors + vector; i < 8; i++, at += vectors) {
        values[at] = (values[at] as number) + (left[i] as number);
      }
    }
    return { values, spreads: known.spreads };
  }
  const range = emptyRange(vectors);
  for (let panel = 0; panel < part.count; panel++) {
    const base = columns.bases[part.first + panel] as number;
    quantiseColumns(data, base, columns.kStride, n, k, values, vectors, panel * n, range);
  }
  return { values, spreads: spreadsOf(range, vectors) };
}

function largestOf(spreads: Uint8Array | Float64Array): number {
  let largest = 0;
  for (const spread of spreads) largest = Math.max(largest, spread);
  return largest;
}

function spreadsOf(range: ExponentRange, vectors: number): Float64Array {
  return Float64Array.from({ length: vectors }, (_, vector) => spreadOf(range, vector));
}

/** A block of rows and columns in float64; sums whose exponents are too far apart for that are computed in order. */
function* wideBlock(
  { launch, engine, memory }: Run,
  left: WideOperand,
  rowPart: Part,
  right: WideOperand,
  columnPart: Part,
): Steps {
  const { m, n, k } = launch;
  const firstRow = rowPart.first * m;
  const rows = rowPart.count * m;
  const columns = columnPart.count * n;
  const out = takeFloat64(rows * columns);
  yield engine.product({
    x: left.values.subarray(firstRow * k, (firstRow + rows) * k),
    w: right.values.subarray(0, k * columns),
    out: out.subarray(0, rows * columns),
    m: rows,
    n: columns,
    k,
    transposed: false,
  });
  const largest = largestOf(right.spreads);
  const exact = exactSpread(k);
  for (let i = 0; i < rows; i++) {
    const sums = out.subarray(i * columns, (i + 1) * columns);
    const spread = left.spreads[firstRow + i] as number;
    if (spread + largest > exact) {
      for (let j = 0; j < columns; j++) {
        if (spread + (right.spreads[j] as number) > exact)
          sums[j] = sumInOrder(left, firstRow + i, right, j, columns, k);
      }
    }
    storeRow(launch, memory, firstRow + i, columnPart.first, columnPart.count, sums);
    if (i % 64 === 63) yield null;
  }
  giveFloat64(out);
}

function sumInOrder(
  left: WideOperand,
  row: number,
  right: WideOperand,
  column: number,
  columns: number,
  depth: number,
): number {
  let sum = 0;
  for (let k = 0, x = row * depth, y = column; k < depth; k++, x++, y += columns) {
    sum += (left.values[x] as number) * (right.values[y] as number);
  }
  return sum;
}
