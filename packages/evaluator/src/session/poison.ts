import type { SeededRandom, StorageFormat } from '@tilewright/spec';

/**
 * Patterns that buffers are filled with before a run. One is a 16-bit word, repeated: read as bf16 or f32 it is a NaN
 * with a payload that no arithmetic makes, so that what reads it cannot pass and what leaves it is seen.
 */
export type Poison = number;

const NAN_BF16 = 0x7f80;

/** A pattern that differs from the one before, if one is given. */
export function drawPoison(random: SeededRandom, before?: Poison): Poison {
  let poison: Poison;
  do poison = (random.integer(0, 2) << 15) | NAN_BF16 | random.integer(1, 0x3f);
  while (poison === before);
  return poison;
}

/** Fills bytes with a pattern, little-endian. */
export function fillPoison(bytes: Uint8Array, poison: Poison): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = i % 2 === 0 ? poison & 0xff : poison >>> 8;
}

/** How many elements of a format still hold the pattern. */
export function countPoison(bytes: Uint8Array, poison: Poison, format: StorageFormat): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let count = 0;
  if (format === 'bf16' || format === 'f16') {
    for (let at = 0; at + 2 <= bytes.length; at += 2) if (view.getUint16(at, true) === poison) count++;
    return count;
  }
  const wide = ((poison << 16) | poison) >>> 0;
  for (let at = 0; at + 4 <= bytes.length; at += 4) if (view.getUint32(at, true) === wide) count++;
  return count;
}
