/** Exponents (biased) of bf16 values that are not zero: 255 and 0 where there are none. */
export interface TileRange {
  lowest: number;
  highest: number;
  /** Whether one is the zero with a sign. */
  negativeZero: boolean;
}

export function emptyTileRange(): TileRange {
  return { lowest: 255, highest: 0, negativeZero: false };
}

/** Reads what `rangeGathering` wrote, `at` in 32-bit words. */
export function readTileRange(words: Int32Array, at: number, into: TileRange): void {
  let largest = 0;
  let smallest = 0xffffffff;
  let lowest = 0x7fffffff;
  for (let lane = at; lane < at + 4; lane++) {
    largest = Math.max(largest, words[lane] as number);
    smallest = Math.min(smallest, (words[lane + 4] as number) >>> 0);
    lowest = Math.min(lowest, words[lane + 8] as number);
  }
  into.highest = largest >>> 23;
  into.lowest = largest === 0 ? 255 : (smallest + 1) >>> 23;
  into.negativeZero = lowest === -0x80000000;
}

/** Takes one more bf16 value, as f32 bits, into a range. */
export function widenTileRange(range: TileRange, bits: number): void {
  const exponent = (bits >>> 23) & 0xff;
  if (bits === 0) return;
  if (bits === -0x80000000) {
    range.negativeZero = true;
    return;
  }
  range.lowest = Math.min(range.lowest, exponent);
  range.highest = Math.max(range.highest, exponent);
}
