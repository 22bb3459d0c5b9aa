/**
 * 2^x as the vector unit gives it, as bf16 bits: linear between powers of two, (1 + fraction)·2^whole,
 * truncated. In bits that is nothing but x + 127 as a fixed-point number with seven fraction bits.
 * Below the smallest normal number it is 0. The hardware's error is not published; this form was found by
 * trial and gives the published errors of FlashAttention, which an exact 2^x undercuts three times.
 */
export function exponential2Bf16(x: number): number {
  const steps = (x + 127) * 128;
  // Whole numbers from 128 on need no floor; a NaN fails both comparisons.
  if (steps >= 128) return steps < 0x7f80 ? steps | 0 : 0x7f80;
  return steps < 128 ? 0 : 0x7fc0;
}
