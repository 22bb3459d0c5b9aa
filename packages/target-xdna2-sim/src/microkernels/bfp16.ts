/**
 * Block floating point with eight values per block (bfp16ebs8): the block shares the exponent of
 * its largest value, and each value keeps an 8-bit two's complement mantissa, rounded to nearest,
 * ties to even. With e = ⌊log2 max|v|⌋ the unit is 2^(e − 6), so mantissas lie in [−128, 127].
 */
const word = new Uint32Array(1);
const real = new Float32Array(word.buffer);

/**
 * The unit 2^(e − 6) of a block whose largest magnitude has these bf16 bits (sign dropped); NaN
 * where the block holds an infinity or NaN, which then spreads over the block.
 */
export function blockUnit(largestBits: number): number {
  const exponent = largestBits >>> 7;
  if (exponent === 0xff) return Number.NaN;
  // Subnormal blocks share the smallest normal exponent.
  return 2 ** ((exponent === 0 ? 1 : exponent) - 127 - 6);
}

const UNITS = Float64Array.from({ length: 256 }, (_, exponent) => blockUnit(exponent << 7));

// 1.5·2^52: adding and subtracting it rounds a float64 to a whole number, ties to even.
const ROUNDER = 6755399441055744;

/** Quantises eight bf16 values at `offset`, `stride` apart, into `out[outOffset + i·outStride]`. */
export function quantiseBlock(
  data: Uint16Array,
  offset: number,
  stride: number,
  out: Float64Array,
  outOffset: number,
  outStride: number,
): void {
  let largest = 0;
  for (let i = 0, at = offset; i < 8; i++, at += stride) {
    const magnitude = data[at]! & 0x7fff;
    if (magnitude > largest) largest = magnitude;
  }
  const unit = UNITS[largest >>> 7]!;
  const perUnit = 1 / unit;
  for (let i = 0, at = offset, to = outOffset; i < 8; i++, at += stride, to += outStride) {
    word[0] = data[at]! << 16;
    const mantissa = real[0]! * perUnit + ROUNDER - ROUNDER;
    out[to] = Math.min(mantissa, 127) * unit;
  }
}
