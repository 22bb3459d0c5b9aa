import type { MatrixEngine } from '@tilewright/spec';
import type { Storage } from '../microkernels/microkernel.ts';
import { ArrayPool } from './array-pool.ts';
import { type ExponentRange, emptyRange, quantiseColumns, quantiseVectors } from './block-quantiser.ts';
import { giveFloat64, takeFloat64 } from './float64-pool.ts';
import type { MatrixLaunch } from './matrix-launch.ts';
import { type NarrowOperand, narrowColumns, narrowRows, type Remainder, SLICE } from './narrow-quantiser.ts';
import { exactSpread, spreadOf } from './quantised-stack.ts';
import { storeRow } from './tile-store.ts';

/** Rows and columns that are multiplied at once: what a block's slices give should stay in the cache. */
const BLOCK_ROWS = 1024;
const BLOCK_COLUMNS = 1024;
/** Slices whose products are held before they are added up. */
const SLICES = 8;

const float32 = new ArrayPool<Float32Array>((elements) => new Float32Array(elements));

type Steps<Result = void> = Generator<Promise<void> | null, Result, undefined>;

/** Panels [first, first + count) of a side. */
interface Part {
  readonly first: number;
  readonly count: number;
}

/** Executes a launch that is one matrix product: in float32 where that is exact, and else in float64. */
export function* matrixSteps(launch: MatrixLaunch, elements: readonly Storage[], engine: MatrixEngine): Steps {
  const { m, n, k, rows, columns, target } = launch;
  const a = elements[rows.argument] as Uint16Array;
  const b = elements[columns.argument] as Uint16Array;
  const memory = elements[target.argument] as Float32Array | Uint16Array;
  const rowParts = parts(rows.bases.length, Math.max(1, Math.floor(BLOCK_ROWS / m)));
  const leftMemory = float32.take(rows.bases.length * m * k);
  const left = yield* narrowRows(a, rows, m, k, leftMemory);
  let wide: WideOperand | null = null;
  for (const part of parts(columns.bases.length, Math.max(1, Math.floor(BLOCK_COLUMNS / n)))) {
    const panels = { ...columns, bases: columns.bases.subarray(part.first, part.first + part.count) };
    const rightMemory = float32.take(part.count * n * k);
    const right = left === null ? null : yield* narrowColumns(b, panels, n, k, rightMemory);
    if (left !== null && right !== null && left.spread + right.spread <= exactSpread(k) - 2) {
      for (const rowPart of rowParts) yield* narrowBlock(launch, engine, memory, left, rowPart, right, part);
    } else {
      wide ??= wideRows(launch, a);
      const wideRight = wideColumns(launch, b, part);
      yield null;
      for (const rowPart of rowParts) yield* wideBlock(launch, engine, memory, wide, rowPart, wideRight, part);
      giveFloat64(wideRight.values);
    }
    float32.give(rightMemory);
  }
  float32.give(leftMemory);
  if (wide !== null) giveFloat64(wide.values);
}

function parts(panels: number, most: number): readonly Part[] {
  return Array.from({ length: Math.ceil(panels / most) }, (_, index) => ({
    first: index * most,
    count: Math.min(most, panels - index * most),
  }));
}

/** A block of rows and columns: slices multiplied in float32 and added up in float64. */
function* narrowBlock(
  launch: MatrixLaunch,
  engine: MatrixEngine,
  memory: Float32Array | Uint16Array,
  left: NarrowOperand,
  rowPart: Part,
  right: NarrowOperand,
  columnPart: Part,
): Steps {
  const { m, n, k } = launch;
  const firstRow = rowPart.first * m;
  const rows = rowPart.count * m;
  const columns = columnPart.count * n;
  const slices = Math.ceil(k / SLICE);
  const held = Array.from({ length: Math.min(slices, SLICES) }, () => float32.take(rows * columns));
  // One row of sums is enough where all slices are held.
  const partial = slices > SLICES ? takeFloat64(rows * columns).fill(0, 0, rows * columns) : null;
  const row = new Float64Array(columns);
  for (let begin = 0; begin < slices; begin += SLICES) {
    const end = Math.min(begin + SLICES, slices);
    for (let slice = begin; slice < end; slice++) {
      const start = slice * SLICE;
      const depth = Math.min(SLICE, k - start);
      const x = start * left.vectors + firstRow * depth;
      yield engine.product({
        x: left.values.subarray(x, x + rows * depth),
        w: right.values.subarray(start * columns, (start + depth) * columns),
        out: (held[slice - begin] as Float32Array).subarray(0, rows * columns),
        m: rows,
        n: columns,
        k: depth,
        transposed: false,
      });
    }
    const products = held.slice(0, end - begin);
    const isLast = end === slices;
    const add = isLast ? remaindersOf(left, right, k) : null;
    for (let i = 0; i < rows; i++) {
      const sums = partial === null ? row.fill(0) : partial.subarray(i * columns, (i + 1) * columns);
      addProducts(products, i * columns, sums);
      if (!isLast) continue;
      add?.(firstRow + i, sums);
      storeRow(launch, memory, firstRow + i, columnPart.first, columnPart.count, sums);
    }
    yield null;
  }
  for (const array of held) float32.give(array);
  if (partial !== null) giveFloat64(partial);
}

/** sums += what each of the products has from `from` on. */
function addProducts(products: readonly Float32Array[], from: number, sums: Float64Array): void {
  let at = 0;
  for (; at + 4 <= products.length; at += 4) {
    const [a, b, c, d] = products.slice(at, at + 4) as [Float32Array, Float32Array, Float32Array, Float32Array];
    for (let i = 0, j = from; i < sums.length; i++, j++) {
      sums[i] = (sums[i] as number) + ((a[j] as number) + (b[j] as number) + ((c[j] as number) + (d[j] as number)));
    }
  }
  for (; at < products.length; at++) {
    const product = products[at] as Float32Array;
    for (let i = 0, j = from; i < sums.length; i++, j++) sums[i] = (sums[i] as number) + (product[j] as number);
  }
}

/** Adds to a row's sums what rounding to units had left out of both operands; null where it left out nothing. */
function remaindersOf(
  left: NarrowOperand,
  right: NarrowOperand,
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
      const start = depth - (depth % SLICE);
      const length = Math.min(SLICE, k - start);
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
  readonly spreads: Float64Array;
}

function wideRows({ m, k, rows }: MatrixLaunch, data: Uint16Array): WideOperand {
  const vectors = rows.bases.length * m;
  const values = takeFloat64(vectors * k);
  const range = emptyRange(vectors);
  for (const [panel, base] of rows.bases.entries()) {
    quantiseVectors(data, base, rows.outerStride, rows.kStride, m, k, values, panel * m, range);
  }
  return { values, spreads: spreadsOf(range, vectors) };
}

function wideColumns({ n, k, columns }: MatrixLaunch, data: Uint16Array, part: Part): WideOperand {
  const vectors = part.count * n;
  const values = takeFloat64(k * vectors);
  const range = emptyRange(vectors);
  for (let panel = 0; panel < part.count; panel++) {
    const base = columns.bases[part.first + panel] as number;
    quantiseColumns(data, base, columns.kStride, n, k, values, vectors, panel * n, range);
  }
  return { values, spreads: spreadsOf(range, vectors) };
}

function spreadsOf(range: ExponentRange, vectors: number): Float64Array {
  return Float64Array.from({ length: vectors }, (_, vector) => spreadOf(range, vector));
}

/** A block of rows and columns in float64; sums whose exponents are too far apart for that are computed in order. */
function* wideBlock(
  launch: MatrixLaunch,
  engine: MatrixEngine,
  memory: Float32Array | Uint16Array,
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
  const largest = right.spreads.reduce((most, spread) => Math.max(most, spread), 0);
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
