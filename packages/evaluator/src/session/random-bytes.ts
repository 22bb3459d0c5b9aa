import { f32ArrayToBf16, type SeededRandom, type StorageFormat } from '@tilewright/spec';

/** Values that are drawn; a larger buffer repeats them. A prime, so that no row of a matrix is like the next. */
const DRAWN = 65_521;

/** Overwrites a buffer with normal values in its format. What is not a real number is left alone: indices must stay valid. */
export function fillRandom(bytes: Uint8Array, format: StorageFormat, random: SeededRandom): void {
  if (format !== 'bf16' && format !== 'f32') return;
  const width = format === 'bf16' ? 2 : 4;
  const count = Math.min(DRAWN, Math.floor(bytes.length / width));
  const values = Float32Array.from({ length: count }, () => random.normal());
  const stored = format === 'bf16' ? f32ArrayToBf16(values) : values;
  const drawn = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
  for (let at = 0; at < bytes.length; at += drawn.length) bytes.set(drawn.subarray(0, bytes.length - at), at);
}
