import { bf16ToF32, f32ToBf16Truncate } from '@tilewright/spec';

/** float32 to bfloat16 towards minus infinity: the vector unit's default rounding. NaN stays NaN. */
export function f32ToBf16Floor(value: number): number {
  const truncated = f32ToBf16Truncate(value);
  // Truncation moved a negative value up: take its neighbour of larger magnitude.
  return value < 0 && bf16ToF32(truncated) > value ? truncated + 1 : truncated;
}
