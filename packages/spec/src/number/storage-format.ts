/**
 * The number formats that tensors are stored in, and their exact conversions. A conversion here is
 * part of a format's definition; roundings that belong to a kernel's datapath live with the target.
 */

export type StorageFormat = 'bf16' | 'f16' | 'f32' | 'i32';

export const BYTES_PER_ELEMENT: Readonly<Record<StorageFormat, number>> = {
  bf16: 2,
  f16: 2,
  f32: 4,
  i32: 4,
};

const word = new Uint32Array(1);
const real = new Float32Array(word.buffer);

/** bfloat16 is the upper half of a float32: widening is exact. */
export function bf16ToF32(bits: number): number {
  word[0] = bits << 16;
  return real[0] as number;
}

/** float32 to bfloat16, ties to even (what a host does when it writes a buffer). NaN stays NaN. */
export function f32ToBf16NearestEven(value: number): number {
  real[0] = value;
  const bits = word[0] as number;
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** float32 to bfloat16 by dropping the lower half (what some vector stores do). NaN stays NaN. */
export function f32ToBf16Truncate(value: number): number {
  real[0] = value;
  const bits = word[0] as number;
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return bits >>> 16;
}

/** IEEE binary16 to float32, exact, subnormals included. */
export function f16ToF32(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Widens a whole array of bfloat16 bit patterns. */
export function bf16ArrayToF32(bits: Uint16Array, out: Float32Array = new Float32Array(bits.length)): Float32Array {
  const words = new Uint32Array(out.buffer, out.byteOffset, out.length);
  for (let i = 0; i < bits.length; i++) words[i] = (bits[i] as number) << 16;
  return out;
}

/** Rounds a whole array to bfloat16 bit patterns, ties to even. */
export function f32ArrayToBf16(values: Float32Array, out: Uint16Array = new Uint16Array(values.length)): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < values.length; i++) {
    const bits = words[i] as number;
    out[i] = (bits & 0x7fffffff) > 0x7f800000 ? (bits >>> 16) | 0x40 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  }
  return out;
}
