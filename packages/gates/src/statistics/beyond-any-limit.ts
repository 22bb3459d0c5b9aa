/** What stands for a ratio to zero: larger than any limit, and still a number that JSON can hold. */
export const BEYOND_ANY_LIMIT = 1e30;

/** 0 / 0 is 0: where there is nothing, no error is none. */
export function ratio(numerator: number, denominator: number): number {
  if (numerator === 0) return 0;
  return denominator === 0 ? BEYOND_ANY_LIMIT : numerator / denominator;
}
