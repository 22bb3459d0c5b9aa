/**
 * True where a loop of doubled buffers has a trip count that gave silently wrong results in
 * published runs: 5, 9 and 15 did (gemm-172 … 182, eltwiseadd-417); 1, 3 and even counts did not.
 */
export function corruptsOddTrips(trips: number): boolean {
  return trips > 3 && trips % 2 === 1;
}

/**
 * Copies that a core holds of a buffer that its innermost loop fills or empties, where ping-pong is on:
 * the loop is unrolled by two, and what remains of an odd trip count has a buffer of its own [inferred].
 */
export function bufferCopies(trips: number): number {
  if (trips <= 1) return 1;
  return trips % 2 === 1 ? 3 : 2;
}
