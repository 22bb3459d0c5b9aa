/**
 * The twelve bytes of a Q4_K or Q5_K block that hold eight scales and eight minima of six bits each: the first
 * four of each in the low six bits of a byte; of the others, four bits in the last bytes and two atop the first.
 */
export function packedScale(bytes: Uint8Array, offset: number, part: number): number {
  if (part < 4) return bytes[offset + part] & 63;
  return (bytes[offset + part + 4] & 15) | ((bytes[offset + part - 4] >> 6) << 4);
}

/** The minimum of a part, 0 to 7, of the same twelve bytes. */
export function packedMinimum(bytes: Uint8Array, offset: number, part: number): number {
  if (part < 4) return bytes[offset + part + 4] & 63;
  return (bytes[offset + part + 4] >> 4) | ((bytes[offset + part] >> 6) << 4);
}
