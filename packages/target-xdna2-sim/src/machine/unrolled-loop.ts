/**
 * A core's loop over doubled buffers is unrolled by two: its program has a copy of the body for each
 * of the two buffers and, where the trip count is odd, a third one behind the loop for the iteration
 * that remains, with a buffer of its own. The DMA's ring of descriptors knows no trip counts: it goes
 * through the buffers of all copies of the body in turn, for ever. The two agree for even trip counts
 * and for three; for longer odd ones the core works on other data than the DMA moved
 * [inferred, `facts/dataflows.md` 1.3: it divides the published rows as they are, gemm-172 … 182 and
 * eltwiseadd-417 being wrong and odd counts of three and of L2 loops being right].
 */

/** Buffers that the loop has. */
export function unrolledCopies(trips: number): 1 | 2 | 3 {
  if (trips <= 1) return 1;
  return trips % 2 === 0 ? 2 : 3;
}

/** The buffer that the core uses in one iteration. */
export function unrolledCopy(iteration: number, trips: number): number {
  return trips % 2 === 1 && iteration === trips - 1 ? unrolledCopies(trips) - 1 : iteration % 2;
}

/** Whether the ring is at the core's buffer in every iteration, also when the loop begins anew. */
export function ringKeepsStep(trips: number): boolean {
  const copies = unrolledCopies(trips);
  if (trips % copies !== 0) return false;
  // The first iteration that does not agree is among the first few.
  for (let i = 0; i < Math.min(trips, 6); i++) if (unrolledCopy(i, trips) !== i % copies) return false;
  return true;
}
