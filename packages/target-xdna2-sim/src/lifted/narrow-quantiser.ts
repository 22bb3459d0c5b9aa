import { blockUnit } from '../microkernels/bfp16.ts';
import type { MatrixPanels } from './matrix-launch.ts';

/**
 * Operands of a product in float32 whose sums are exact in float32, whatever their order.
 *
 * Along k an operand is cut into slices. In a slice all values of a vector are multiples of one unit u, and its
 * Euclidean norm is below 2^12 · u. By Cauchy and Schwarz no sum of any of the products of two such vectors
 * exceeds 2^24 · u · u′, of which it is a multiple: float32 holds it exactly. A block whose own unit is smaller than u
 * is rounded to u, and what that leaves out is noted, to be added in float64.
 */
export interface NarrowOperand {
  /** Slice after slice; in each [vectors, slice] for rows, [slice, vectors] for columns. */
  readonly values: Float32Array;
  readonly vectors: number;
  readonly remainders: readonly Remainder[];
  /** Largest spread of the exponents of a vector. */
  readonly spread: number;
}

/** What rounding took from the eight values of a vector from depth k on. */
export interface Remainder {
  readonly vector: number;
  readonly k: number;
  readonly values: Float64Array;
}

export const SLICE = 256;
/** A vector's norm may be this many of its units; roundings to the unit add less than what is missing to 2^12. */
const NORM_LIMIT = 4080;
/** Exponents of units for which products and sums stay normal float32 numbers. */
const LOWEST_UNIT = -63;
const HIGHEST_UNIT = 51;
/** More remainders than one block in so many take longer than float32 saves. */
const BLOCKS_PER_REMAINDER = 256;

const NONE = 255;
/** Of the block's largest value, biased, to the exponent of its unit. */
const UNIT_BIAS = 127 + 6;
const UNITS = Float64Array.from({ length: 256 }, (_, exponent) => blockUnit(exponent << 7));
const PER_UNIT = UNITS.map((unit) => 1 / unit);
// 1.5·2^52: adding and subtracting it rounds a float64 to a whole number, ties to even.
const ROUNDER = 6755399441055744;

const stagedBits = new Uint32Array(SLICE);
const staged = new Float32Array(stagedBits.buffer);
const exponents = new Uint8Array(SLICE / 8);

/** Collects what is known of an operand while it is quantised. */
class Quantising {
  readonly remainders: Remainder[] = [];
  readonly #most: number;
  spread = 0;
  fits = true;

  constructor(elements: number) {
    this.#most = elements / 8 / BLOCKS_PER_REMAINDER;
  }

  /** The unit's exponent for a slice of a vector, given the lowest exponent of its blocks and its square sum. */
  unit(lowest: number, squares: number): number {
    const own = Math.max(lowest, 1) - UNIT_BIAS;
    let unit = own;
    const least = Math.sqrt(squares) / NORM_LIMIT;
    if (2 ** own < least) unit = Math.ceil(Math.log2(least));
    if (2 ** unit < least) unit++;
    if (unit < LOWEST_UNIT || unit > HIGHEST_UNIT) this.fits = false;
    return unit;
  }

  addSpread(lowest: number, highest: number): void {
    if (highest === NONE) this.fits = false;
    else if (lowest !== NONE) this.spread = Math.max(this.spread, highest - lowest);
  }

  /** Rounds eight values, `stride` apart, to the unit, and notes what is left. */
  split(values: Float32Array, at: number, stride: number, unit: number, vector: number, k: number): void {
    const scale = 2 ** unit;
    const left = new Float64Array(8);
    let some = false;
    for (let i = 0; i < 8; i++) {
      const value = values[at + i * stride] as number;
      const rounded = (value / scale + ROUNDER - ROUNDER) * scale;
      values[at + i * stride] = rounded;
      left[i] = value - rounded;
      if (left[i] !== 0) some = true;
    }
    if (!some) return;
    this.remainders.push({ vector, k, values: left });
    if (this.remainders.length > this.#most) this.fits = false;
  }
}

/** Rows of some panels; null where float32 would not do. `values` has room for all. */
export function* narrowRows(
  data: Uint16Array,
  { bases, outerStride }: MatrixPanels,
  outers: number,
  depth: number,
  values: Float32Array,
): Generator<null, NarrowOperand | null, undefined> {
  const vectors = bases.length * outers;
  const quantising = new Quantising(vectors * depth);
  for (const [panel, base] of bases.entries()) {
    for (let outer = 0; outer < outers; outer++) {
      narrowRow(data, base + outer * outerStride, panel * outers + outer, vectors, depth, values, quantising);
    }
    if (!quantising.fits) return null;
    yield null;
  }
  return { values, vectors, remainders: quantising.remainders, spread: quantising.spread };
}

function narrowRow(
  data: Uint16Array,
  base: number,
  vector: number,
  vectors: number,
  depth: number,
  values: Float32Array,
  quantising: Quantising,
): void {
  let lowestOfAll = NONE;
  let highest = 0;
  for (let start = 0; start < depth; start += SLICE) {
    const length = Math.min(SLICE, depth - start);
    const to = start * vectors + vector * length;
    let lowest = NONE;
    let squares = 0;
    for (let i = 0; i < length; i++) stagedBits[i] = (data[base + start + i] as number) << 16;
    for (let at = 0; at < length; at += 8) {
      let largest = 0;
      for (let i = at; i < at + 8; i++) {
        const magnitude = (stagedBits[i] as number) & 0x7fffffff;
        if (magnitude > largest) largest = magnitude;
      }
      const exponent = largest === 0 ? NONE : largest >> 23;
      exponents[at >> 3] = exponent;
      if (largest === 0) {
        for (let i = 0; i < 8; i++) values[to + at + i] = 0;
        continue;
      }
      if (exponent < lowest) lowest = exponent;
      if (exponent > highest) highest = exponent;
      const unit = UNITS[exponent] as number;
      const perUnit = PER_UNIT[exponent] as number;
      let sum = 0;
      for (let i = 0; i < 8; i++) {
        const mantissa = Math.min((staged[at + i] as number) * perUnit + ROUNDER - ROUNDER, 127);
        sum += mantissa * mantissa;
        values[to + at + i] = mantissa * unit;
      }
      squares += sum * unit * unit;
    }
    if (highest === NONE) {
      quantising.fits = false;
      return;
    }
    if (lowest === NONE) continue;
    if (lowest < lowestOfAll) lowestOfAll = lowest;
    const unit = quantising.unit(lowest, squares);
    if (unit === Math.max(lowest, 1) - UNIT_BIAS) continue;
    for (let at = 0; at < length; at += 8) {
      const exponent = exponents[at >> 3] as number;
      if (Math.max(exponent, 1) - UNIT_BIAS >= unit) continue;
      quantising.split(values, to + at, 1, unit, vector, start + at);
    }
  }
  quantising.addSpread(lowestOfAll, highest);
}

/** Columns [first, first + columns) side by side that are quantised together. */
const COLUMNS = 1024;
const columnBits = new Uint32Array(8 * COLUMNS);
const columnStaged = new Float32Array(columnBits.buffer);
const columnLargest = new Uint32Array(COLUMNS);
const columnUnits = new Float64Array(COLUMNS);
const columnPerUnit = new Float64Array(COLUMNS);
const columnSquares = new Float64Array(COLUMNS);
const columnLowest = new Uint8Array(COLUMNS);
const columnExponents = new Uint8Array((SLICE / 8) * COLUMNS);
const lowestOfAll = new Uint8Array(COLUMNS);
const highestOfAll = new Uint8Array(COLUMNS);

/** Columns of some panels; null where float32 would not do. `values` has room for all. */
export function* narrowColumns(
  data: Uint16Array,
  { bases, kStride }: MatrixPanels,
  outers: number,
  depth: number,
  values: Float32Array,
): Generator<null, NarrowOperand | null, undefined> {
  const vectors = bases.length * outers;
  const quantising = new Quantising(vectors * depth);
  for (const { base, first, count } of sideBySide(bases, outers)) {
    lowestOfAll.fill(NONE);
    highestOfAll.fill(0);
    for (let start = 0; start < depth; start += SLICE) {
      narrowColumnSlice(data, base, kStride, start, Math.min(SLICE, depth - start), first, count, vectors, values);
      settleColumns(start, Math.min(SLICE, depth - start), first, count, vectors, values, quantising);
      if (!quantising.fits) return null;
      yield null;
    }
    for (let i = 0; i < count; i++) quantising.addSpread(lowestOfAll[i] as number, highestOfAll[i] as number);
    if (!quantising.fits) return null;
  }
  return { values, vectors, remainders: quantising.remainders, spread: quantising.spread };
}

/** Panels that lie side by side, as pieces that are quantised together. */
function sideBySide(
  bases: Int32Array,
  outers: number,
): readonly { readonly base: number; readonly first: number; readonly count: number }[] {
  const pieces: { base: number; first: number; count: number }[] = [];
  for (const [panel, base] of bases.entries()) {
    for (let at = 0; at < outers; ) {
      const last = pieces.at(-1);
      const joined = last !== undefined && last.base + last.count === base + at && last.count < COLUMNS;
      const piece = joined ? last : { base: base + at, first: panel * outers + at, count: 0 };
      if (!joined) pieces.push(piece);
      const count = Math.min(COLUMNS - piece.count, outers - at);
      piece.count += count;
      at += count;
    }
  }
  return pieces;
}

function narrowColumnSlice(
  data: Uint16Array,
  base: number,
  kStride: number,
  start: number,
  length: number,
  first: number,
  count: number,
  vectors: number,
  values: Float32Array,
): void {
  columnSquares.fill(0, 0, count);
  columnLowest.fill(NONE, 0, count);
  for (let k = 0; k < length; k += 8) {
    columnLargest.fill(0, 0, count);
    for (let row = 0; row < 8; row++) {
      const from = base + (start + k + row) * kStride;
      const at = row * COLUMNS;
      for (let i = 0; i < count; i++) {
        const bits = (data[from + i] as number) << 16;
        columnBits[at + i] = bits;
        const magnitude = bits & 0x7fffffff;
        if (magnitude > (columnLargest[i] as number)) columnLargest[i] = magnitude;
      }
    }
    for (let i = 0; i < count; i++) {
      const largest = columnLargest[i] as number;
      const exponent = largest >> 23;
      columnUnits[i] = UNITS[exponent] as number;
      columnPerUnit[i] = PER_UNIT[exponent] as number;
      columnExponents[(k >> 3) * COLUMNS + i] = largest === 0 ? NONE : exponent;
      if (largest === 0) continue;
      if (exponent < (columnLowest[i] as number)) columnLowest[i] = exponent;
      if (exponent > (highestOfAll[i] as number)) highestOfAll[i] = exponent;
    }
    for (let row = 0; row < 8; row++) {
      const to = (start + k + row) * vectors + first;
      const at = row * COLUMNS;
      for (let i = 0; i < count; i++) {
        const mantissa = (columnStaged[at + i] as number) * (columnPerUnit[i] as number) + ROUNDER - ROUNDER;
        const value = Math.min(mantissa, 127) * (columnUnits[i] as number);
        values[to + i] = value;
        columnSquares[i] = (columnSquares[i] as number) + value * value;
      }
    }
  }
}

/** Rounds the blocks whose units are too small for the norms of their columns. */
function settleColumns(
  start: number,
  length: number,
  first: number,
  count: number,
  vectors: number,
  values: Float32Array,
  quantising: Quantising,
): void {
  for (let i = 0; i < count; i++) {
    if (highestOfAll[i] === NONE) {
      quantising.fits = false;
      return;
    }
    const lowest = columnLowest[i] as number;
    if (lowest === NONE) continue;
    if (lowest < (lowestOfAll[i] as number)) lowestOfAll[i] = lowest;
    const unit = quantising.unit(lowest, columnSquares[i] as number);
    if (unit === Math.max(lowest, 1) - UNIT_BIAS) continue;
    for (let k = 0; k < length; k += 8) {
      const exponent = columnExponents[(k >> 3) * COLUMNS + i] as number;
      if (Math.max(exponent, 1) - UNIT_BIAS >= unit) continue;
      const column = first + i;
      quantising.split(values, (start + k) * vectors + column, vectors, unit, column, start + k);
    }
  }
}
