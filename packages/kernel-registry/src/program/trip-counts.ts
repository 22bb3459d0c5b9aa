/**
 * True where a loop of doubled buffers has a trip count that gave silently wrong results in
 * published runs: 5, 9 and 15 did (gemm-172 … 182, eltwiseadd-417); 1, 3 and even counts did not.
 */
export function corruptsOddTrips(trips: number): boolean {
  return trips > 3 && trips % 2 === 1;
}
