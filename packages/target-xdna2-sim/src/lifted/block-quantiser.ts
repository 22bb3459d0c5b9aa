import { blockUnit, quantiseBlock } from '../microkernels/bfp16.ts';

/** Exponents (biased, of the largest value) of a vector's blocks that are not all zero. */
export interface ExponentRange {
  readonly lowest: Int16Array;
  readonly highest: Int16Array;
}

/** A `highest` that says that something in the vector is not finite. */
export const NOT_FINITE = 255;

// Mantissas by sign, distance of the value's exponent from the block's, and fraction. Beyond the last
// distance everything rounds to 0.
const FARTHEST = 9;
const MANTISSAS = new Float64Array((FARTHEST + 1) * 256);
const UNITS = Float64Array.from({ length: 256 }, (_, exponent) => blockUnit(exponent << 7));

for (let distance = 0; distance <= FARTHEST; distance++) {
  const block = new Uint16Array(8);
  const out = new Float64Array(8);
  for (let bits = 0; bits < 256; bits++) {
    // A block whose largest value has the exponent 127 and whose second value is the one wanted.
    block[0] = 127 << 7;
    block[1] = ((bits & 0x80) << 8) | ((127 - distance) << 7) | (bits & 0x7f);
    quantiseBlock(block, 0, 1, out, 0, 1);
    MANTISSAS[(distance << 8) | bits] = (out[1] as number) / (UNITS[127] as number);
  }
}

export function emptyRange(vectors: number): ExponentRange {
  return { lowest: new Int16Array(vectors).fill(NOT_FINITE), highest: new Int16Array(vectors) };
}

function quantised(bits: number, exponent: number, unit: number): number {
  const own = (bits >> 7) & 0xff;
  if (own === 0) return subnormal(bits, exponent, unit);
  const distance = exponent - own;
  const mantissa = MANTISSAS[(distance << 8) | ((bits >> 8) & 0x80) | (bits & 0x7f)] as number;
  return distance > FARTHEST ? 0 * unit : mantissa * unit;
}

const pair = new Uint16Array(8);
const pairOut = new Float64Array(8);

/** A value without hidden bit: zero, or so small that only blocks of the smallest exponents keep it. */
function subnormal(bits: number, exponent: number, unit: number): number {
  if ((bits & 0x7fff) === 0 || exponent > FARTHEST) return 0 * unit;
  pair[0] = bits;
  pair[1] = exponent << 7;
  quantiseBlock(pair, 0, 1, pairOut, 0, 1);
  return pairOut[0] as number;
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
    let to = (first + vector) * depth;
    let from = base + vector * outerStride;
    for (let k = 0; k < depth; k += 8, to += 8, from += 8 * kStride) {
      quantiseEight(data, from, kStride, out, to, 1, range, first + vector);
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
  for (let block = 0; block < depth / 8; block++) {
    let from = base + block * count * 8;
    for (let vector = 0; vector < count; vector++, from += 8) {
      quantiseEight(data, from, 1, out, (first + vector) * depth + block * 8, 1, range, first + vector);
    }
  }
}

function quantiseEight(
  data: Uint16Array,
  from: number,
  stride: number,
  out: Float64Array,
  to: number,
  outStride: number,
  range: ExponentRange,
  vector: number,
): void {
  const v0 = data[from] as number;
  const v1 = data[from + stride] as number;
  const v2 = data[from + 2 * stride] as number;
  const v3 = data[from + 3 * stride] as number;
  const v4 = data[from + 4 * stride] as number;
  const v5 = data[from + 5 * stride] as number;
  const v6 = data[from + 6 * stride] as number;
  const v7 = data[from + 7 * stride] as number;
  const largest = Math.max(
    v0 & 0x7fff,
    v1 & 0x7fff,
    v2 & 0x7fff,
    v3 & 0x7fff,
    v4 & 0x7fff,
    v5 & 0x7fff,
    v6 & 0x7fff,
    v7 & 0x7fff,
  );
  const exponent = largest >> 7;
  if (largest !== 0) {
    if (exponent < (range.lowest[vector] as number)) range.lowest[vector] = exponent;
    if (exponent > (range.highest[vector] as number)) range.highest[vector] = exponent;
  }
  const unit = UNITS[exponent] as number;
  out[to] = quantised(v0, exponent, unit);
  out[to + outStride] = quantised(v1, exponent, unit);
  out[to + 2 * outStride] = quantised(v2, exponent, unit);
  out[to + 3 * outStride] = quantised(v3, exponent, unit);
  out[to + 4 * outStride] = quantised(v4, exponent, unit);
  out[to + 5 * outStride] = quantised(v5, exponent, unit);
  out[to + 6 * outStride] = quantised(v6, exponent, unit);
  out[to + 7 * outStride] = quantised(v7, exponent, unit);
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
  for (let k = 0; k < depth; k += 8) {
    const from = base + k * kStride;
    const to = k * width + first;
    for (let vector = 0; vector < count; vector++) {
      quantiseEight(data, from + vector, kStride, out, to + vector, width, range, first + vector);
    }
  }
}
