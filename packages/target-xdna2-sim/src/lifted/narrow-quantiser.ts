import { MATRIX_MEMORY, type MatrixKernels, STAGED_BYTES } from './matrix-kernels.ts';
import type { MatrixPanels } from './matrix-launch.ts';

/**
 * An operand of a product, quantised in float32.
 *
 * Along k it is cut into slices. If it is narrow, all values of a vector in a slice are multiples of one unit u, and
 * its Euclidean norm is at most limit · u. By Cauchy and Schwarz no sum of any of the products of two such vectors
 * exceeds limit · limit′ · u · u′, of which it is a multiple. Limits are such that this is at most 2^24 · u · u′:
 * float32 holds it exactly, in whatever order. A block whose own unit is smaller than u is rounded to u, and what that
 * leaves out is noted, to be added in float64.
 */
export interface Float32Operand {
  /** Slice after slice; in each [vectors, slice] for rows, [slice, vectors] for columns. */
  readonly values: Float32Array;
  readonly vectors: number;
  /** Values of a vector in a slice; the last may have fewer. */
  readonly slice: number;
  /** Spread of the exponents of each vector. */
  readonly spreads: Uint8Array;
  readonly largestSpread: number;
  readonly narrow: boolean;
  /** None where it is not narrow: values are whole then. */
  readonly remainders: readonly Remainder[];
}

/** What rounding took from the eight values of a vector from depth k on. */
export interface Remainder {
  readonly vector: number;
  readonly k: number;
  readonly values: Float64Array;
}

/** The longest slice. */
export const MOST_SLICE = 256;
/** Exponents of units for which products, squares and sums stay normal float32 numbers. */
const LOWEST_UNIT = -63;
const HIGHEST_UNIT = 51;
/**
 * More remainders than one block in so many take longer than float32 saves. Those of a row are added to many sums at
 * once, those of a column to one sum after the other.
 */
export const BLOCKS_PER_REMAINDER = { rows: 256, columns: 1024 } as const;
/** Columns that are quantised together. */
const COLUMNS = 1024;
/** Of the largest value of a block, biased, to the exponent of its unit. */
const UNIT_BIAS = 127 + 6;
/** What kernels note for a vector of nothing but zeros. */
const NOTHING = 0x7fffffff;
const EXPONENT_SHIFT = 23;
// 1.5·2^52: adding and subtracting it rounds a float64 to a whole number, ties to even.
const ROUNDER = 6755399441055744;

/** What is known of an operand while it is quantised. */
class Quantising {
  readonly values: Float32Array;
  readonly vectors: number;
  readonly #lowest: Uint8Array;
  readonly #highest: Uint8Array;
  readonly slice: number;
  readonly #byVector: boolean;
  readonly #mostRemainders: number;
  readonly #survey: NormSurvey | null;
  #remainders: Remainder[] = [];
  /** What a norm may be in units; null where the operand is not narrow. */
  #limit: number | null;
  /** False where float32 cannot hold the values, or something is not finite. */
  usable = true;

  constructor(
    values: Float32Array,
    vectors: number,
    depth: number,
    byVector: boolean,
    { limit, slice, survey }: NarrowOptions,
  ) {
    this.slice = slice;
    this.values = values;
    this.vectors = vectors;
    this.#lowest = new Uint8Array(vectors).fill(255);
    this.#highest = new Uint8Array(vectors);
    this.#byVector = byVector;
    this.#mostRemainders = Math.ceil((vectors * depth) / 8 / BLOCKS_PER_REMAINDER[byVector ? 'rows' : 'columns']);
    this.#limit = limit;
    this.#survey = survey ?? null;
  }

  /** Takes note of the lowest and the highest block of a slice of a vector. */
  note(vector: number, lowestBits: number, highestBits: number): void {
    if (lowestBits === NOTHING) return;
    const lowest = lowestBits >>> EXPONENT_SHIFT;
    const highest = highestBits >>> EXPONENT_SHIFT;
    if (lowest - UNIT_BIAS < LOWEST_UNIT || highest - UNIT_BIAS > HIGHEST_UNIT) this.usable = false;
    if (lowest < (this.#lowest[vector] as number)) this.#lowest[vector] = lowest;
    if (highest > (this.#highest[vector] as number)) this.#highest[vector] = highest;
  }

  /** The exponent of the unit that a slice's norm calls for, where a block's own is lower; else null. */
  unit(lowestBits: number, norm: number): number | null {
    if (this.#limit === null || lowestBits === NOTHING) return null;
    const least = norm / this.#limit;
    const own = (lowestBits >>> EXPONENT_SHIFT) - UNIT_BIAS;
    if (2 ** own >= least) return null;
    const unit = Math.ceil(Math.log2(least));
    return 2 ** unit < least ? unit + 1 : unit;
  }

  /** Looks at all blocks of a slice, whose largest magnitudes are `blockStride` apart. */
  settleSlice(
    largest: Int32Array,
    firstBlock: number,
    blockStride: number,
    lowestBits: number,
    squares: number,
    at: number,
    length: number,
    vector: number,
    k: number,
  ): void {
    const norm = Math.sqrt(squares);
    const unit = this.unit(lowestBits, norm);
    const stride = this.#byVector ? 1 : this.vectors;
    if (unit === null && this.#survey === null) return;
    for (let block = 0; block < length / 8; block++) {
      const bits = largest[firstBlock + block * blockStride] as number;
      if (bits === 0) continue;
      const own = (bits >>> EXPONENT_SHIFT) - UNIT_BIAS;
      this.#survey?.add(norm / 2 ** own);
      if (unit !== null && own < unit) this.#settle(unit, at + 8 * block * stride, stride, vector, k + 8 * block);
    }
  }

  /** Rounds eight values of a slice to the unit and notes what is left. */
  #settle(unit: number, at: number, stride: number, vector: number, k: number): void {
    if (this.#limit === null) return;
    const { values } = this;
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
    this.#remainders.push({ vector, k, values: left });
    if (this.#remainders.length > this.#mostRemainders) this.#widen();
  }

  /** Gives up rounding: puts back what was taken. */
  #widen(): void {
    this.#limit = null;
    for (const { vector, k, values: left } of this.#remainders) {
      const start = k - (k % this.slice);
      const length = Math.min(this.slice, this.values.length / this.vectors - start);
      const at = this.#byVector ? start * this.vectors + vector * length + k - start : k * this.vectors + vector;
      const stride = this.#byVector ? 1 : this.vectors;
      for (let i = 0; i < 8; i++) {
        this.values[at + i * stride] = (this.values[at + i * stride] as number) + (left[i] as number);
      }
    }
    this.#remainders = [];
  }

  finish(): Float32Operand | null {
    if (!this.usable) return null;
    const spreads = this.#highest.map((highest, vector) => Math.max(0, highest - (this.#lowest[vector] as number)));
    const largestSpread = spreads.reduce((most, spread) => Math.max(most, spread), 0);
    const { values, vectors, slice } = this;
    return {
      ...{ values, vectors, slice, spreads, largestSpread },
      ...{ narrow: this.#limit !== null, remainders: this.#remainders },
    };
  }
}

/** Norms of slices in units of their blocks: a block is rounded if that is above the limit. */
export class NormSurvey {
  static readonly #BINS_PER_OCTAVE = 4;
  readonly #counts = new Float64Array(256);
  #blocks = 0;

  add(norm: number): void {
    this.#blocks++;
    const bin = Math.floor(Math.log2(norm) * NormSurvey.#BINS_PER_OCTAVE);
    const index = Math.max(0, Math.min(this.#counts.length - 1, bin));
    this.#counts[index] = (this.#counts[index] as number) + 1;
  }

  /** The share of blocks that a limit would have rounded, at most. */
  above(limit: number): number {
    let above = 0;
    const first = Math.max(0, Math.floor(Math.log2(limit) * NormSurvey.#BINS_PER_OCTAVE));
    for (let bin = first; bin < this.#counts.length; bin++) above += this.#counts[bin] as number;
    return this.#blocks === 0 ? 0 : above / this.#blocks;
  }
}

/** How an operand is quantised. */
export interface NarrowOptions {
  /** What the norm of a vector's slice may be in its units; null: the operand need not be narrow. */
  readonly limit: number | null;
  readonly slice: number;
  /** Takes note of all slices. */
  readonly survey?: NormSurvey;
}

/** Rows of some panels, into `values`, which has their length. Null where float32 cannot hold them. */
export function* quantisedRows(
  kernels: MatrixKernels,
  data: Uint16Array,
  { bases, outerStride }: MatrixPanels,
  outers: number,
  depth: number,
  values: Float32Array,
  options: NarrowOptions,
): Generator<null, Float32Operand | null, undefined> {
  const vectors = bases.length * outers;
  const quantising = new Quantising(values, vectors, depth, true, options);
  const most = Math.min(STAGED_BYTES / 4 / options.slice, Math.floor(STAGED_BYTES / 2 / depth));
  if (most === 0) return null;
  for (let first = 0; first < vectors; first += most) {
    const rows = Math.min(most, vectors - first);
    for (let row = 0; row < rows; row++) {
      const panel = Math.floor((first + row) / outers);
      const base = (bases[panel] as number) + (first + row - panel * outers) * outerStride;
      kernels.uint16.set(data.subarray(base, base + depth), MATRIX_MEMORY.input / 2 + row * depth);
    }
    for (let start = 0; start < depth; start += options.slice) {
      const length = Math.min(options.slice, depth - start);
      rowSlice(kernels, quantising, first, rows, start, length, depth);
    }
    if (!quantising.usable) return null;
    yield null;
  }
  return quantising.finish();
}

function rowSlice(
  { quantiseRows, float32, int32 }: MatrixKernels,
  quantising: Quantising,
  first: number,
  rows: number,
  start: number,
  length: number,
  depth: number,
): void {
  const { input, output, squares, range, blocks } = MATRIX_MEMORY;
  quantiseRows(input + 2 * start, 2 * depth, rows, length, output, squares, range, blocks);
  const to = start * quantising.vectors + first * length;
  quantising.values.set(float32.subarray(output / 4, output / 4 + rows * length), to);
  for (let row = 0; row < rows; row++) {
    const lowest = int32[range / 4 + 2 * row] as number;
    quantising.note(first + row, lowest, int32[range / 4 + 2 * row + 1] as number);
    let sum = 0;
    for (let i = 0; i < 4; i++) sum += float32[squares / 4 + 4 * row + i] as number;
    const block = blocks / 4 + (row * length) / 8;
    quantising.settleSlice(int32, block, 1, lowest, sum, to + row * length, length, first + row, start);
  }
}

/** Columns of some panels, into `values`, which has their length. Null where float32 cannot hold them. */
export function* quantisedColumns(
  kernels: MatrixKernels,
  data: Uint16Array,
  { bases, kStride }: MatrixPanels,
  outers: number,
  depth: number,
  values: Float32Array,
  options: NarrowOptions,
): Generator<null, Float32Operand | null, undefined> {
  const quantising = new Quantising(values, bases.length * outers, depth, false, options);
  for (const piece of sideBySide(bases, outers)) {
    for (let start = 0; start < depth; start += options.slice) {
      const length = Math.min(options.slice, depth - start);
      columnSlice(kernels, quantising, data, kStride, piece, start, length);
      if (!quantising.usable) return null;
      yield null;
    }
  }
  return quantising.finish();
}

/** Columns that lie side by side, and the number of the first. */
interface Piece {
  readonly base: number;
  readonly first: number;
  readonly count: number;
}

/** Panels as pieces that are quantised together. */
function sideBySide(bases: Int32Array, outers: number): readonly Piece[] {
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

function columnSlice(
  { quantiseColumns, uint16, float32, int32 }: MatrixKernels,
  quantising: Quantising,
  data: Uint16Array,
  kStride: number,
  { base, first, count }: Piece,
  start: number,
  length: number,
): void {
  const { input, output, squares, lowest, highest, blocks } = MATRIX_MEMORY;
  const { values, vectors } = quantising;
  float32.fill(0, squares / 4, squares / 4 + count);
  int32.fill(NOTHING, lowest / 4, lowest / 4 + count);
  int32.fill(0, highest / 4, highest / 4 + count);
  for (let k = 0; k < length; k += 8) {
    for (let row = 0; row < 8; row++) {
      const from = base + (start + k + row) * kStride;
      uint16.set(data.subarray(from, from + count), input / 2 + row * COLUMNS);
    }
    const noted = blocks + (k / 8) * 4 * COLUMNS;
    quantiseColumns(input, 2 * COLUMNS, count, output, 4 * COLUMNS, squares, lowest, highest, noted);
    for (let row = 0; row < 8; row++) {
      const from = output / 4 + row * COLUMNS;
      values.set(float32.subarray(from, from + count), (start + k + row) * vectors + first);
    }
  }
  for (let column = 0; column < count; column++) {
    const least = int32[lowest / 4 + column] as number;
    quantising.note(first + column, least, int32[highest / 4 + column] as number);
    const sum = float32[squares / 4 + column] as number;
    const at = start * vectors + first + column;
    quantising.settleSlice(int32, blocks / 4 + column, COLUMNS, least, sum, at, length, first + column, start);
  }
}
