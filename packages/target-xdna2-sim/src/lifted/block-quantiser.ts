import { blockUnit } from '../microkernels/bfp16.ts';

/** Exponents (biased, of the largest value) of a vector's blocks that are not all zero. */
export interface ExponentRange {
  readonly lowest: Int16Array;
  readonly highest: Int16Array;
}

/** A `highest` that says that something in the vector is not finite. */
export const NOT_FINITE = 255;

const UNITS = Float64Array.from({ length: 256 }, (_, exponent) => blockUnit(exponent << 7));
const PER_UNIT = UNITS.map((unit) => 1 / unit);
// 1.5·2^52: adding and subtracting it rounds a float64 to a whole number, ties to even.
const ROUNDER = 6755399441055744;

/** Values that are widened together; the staging memory then stays in the cache. */
const STAGED = 8192;
const stagedBits = new Uint32Array(STAGED);
const staged = new Float32Array(stagedBits.buffer);
/** Columns that are quantised together, eight values of each. */
const COLUMNS = STAGED / 8;
const columnUnits = new Float64Array(COLUMNS);
const columnPerUnit = new Float64Array(COLUMNS);
const columnLargest = new Uint32Array(COLUMNS);

export function emptyRange(vectors: number): ExponentRange {
  return { lowest: new Int16Array(vectors).fill(NOT_FINITE), highest: new Int16Array(vectors) };
}

/** Quantises the eight staged values from `at` on, and notes the exponent of their block. */
function quantiseStaged(at: number, out: Float64Array, to: number, range: ExponentRange, vector: number): void {
  let largest = 0;
  for (let i = at; i < at + 8; i++) {
    const magnitude = (stagedBits[i] as number) & 0x7fffffff;
    if (magnitude > largest) largest = magnitude;
  }
  const exponent = largest >> 23;
  if (largest !== 0) {
    if (exponent < (range.lowest[vector] as number)) range.lowest[vector] = exponent;
    if (exponent > (range.highest[vector] as number)) range.highest[vector] = exponent;
  }
  const unit = UNITS[exponent] as number;
  const perUnit = PER_UNIT[exponent] as number;
  for (let i = 0; i < 8; i++) {
    const mantissa = (staged[at + i] as number) * perUnit + ROUNDER - ROUNDER;
    out[to + i] = Math.min(mantissa, 127) * unit;
  }
}

/**
 * `count` vectors of `depth` values, `outerStride` apart, each value `kStride` after the one before, to
 * `out[(first + vector) · depth + k]`, in blocks of eight along k.
 */
export function quantiseVectors(
  data: Uint16Array,
  base: number,
  outerStride: number,
  kStride: number,
  count: number,
  depth: number,
  out: Float64Array,
  first: number,
  range: ExponentRange,
): void {
  for (let vector = 0; vector < count; vector++) {
    for (let start = 0; start < depth; start += STAGED) {
      const length = Math.min(STAGED, depth - start);
      for (let i = 0, from = base + vector * outerStride + start * kStride; i < length; i++, from += kStride) {
        stagedBits[i] = (data[from] as number) << 16;
      }
      const to = (first + vector) * depth + start;
      for (let i = 0; i < length; i += 8) quantiseStaged(i, out, to + i, range, first + vector);
    }
  }
}

/** The same for an operand in L1 in blocks of eight along k: element (k / 8 · count + vector) · 8 + k % 8. */
export function quantiseKBlocks(
  data: Uint16Array,
  base: number,
  count: number,
  depth: number,
  out: Float64Array,
  first: number,
  range: ExponentRange,
): void {
  const elements = count * depth;
  for (let start = 0; start < elements; start += STAGED) {
    const length = Math.min(STAGED, elements - start);
    for (let i = 0; i < length; i++) stagedBits[i] = (data[base + start + i] as number) << 16;
    let block = Math.floor(start / (8 * count));
    let vector = start / 8 - block * count;
    for (let i = 0; i < length; i += 8) {
      quantiseStaged(i, out, (first + vector) * depth + block * 8, range, first + vector);
      if (++vector === count) {
        vector = 0;
        block++;
      }
    }
  }
}

/**
 * `count` vectors that lie side by side (one element apart), each value `kStride` after the one before, to
 * `out[k · width + first + vector]`.
 */
export function quantiseColumns(
  data: Uint16Array,
  base: number,
  kStride: number,
  count: number,
  depth: number,
  out: Float64Array,
  width: number,
  first: number,
  range: ExponentRange,
): void {
  for (let start = 0; start < count; start += COLUMNS) {
    const length = Math.min(COLUMNS, count - start);
    for (let k = 0; k < depth; k += 8) {
      columnLargest.fill(0, 0, length);
      for (let row = 0; row < 8; row++) {
        const from = base + start + (k + row) * kStride;
        const at = row * COLUMNS;
        for (let i = 0; i < length; i++) {
          const bits = (data[from + i] as number) << 16;
          stagedBits[at + i] = bits;
          const magnitude = bits & 0x7fffffff;
          if (magnitude > (columnLargest[i] as number)) columnLargest[i] = magnitude;
        }
      }
      for (let i = 0; i < length; i++) {
        const largest = columnLargest[i] as number;
        const exponent = largest >> 23;
        columnUnits[i] = UNITS[exponent] as number;
        columnPerUnit[i] = PER_UNIT[exponent] as number;
        if (largest === 0) continue;
        const vector = first + start + i;
        if (exponent < (range.lowest[vector] as number)) range.lowest[vector] = exponent;
        if (exponent > (range.highest[vector] as number)) range.highest[vector] = exponent;
      }
      for (let row = 0; row < 8; row++) {
        const to = (k + row) * width + first + start;
        const at = row * COLUMNS;
        for (let i = 0; i < length; i++) {
          const mantissa = (staged[at + i] as number) * (columnPerUnit[i] as number) + ROUNDER - ROUNDER;
          out[to + i] = Math.min(mantissa, 127) * (columnUnits[i] as number);
        }
      }
    }
  }
}
