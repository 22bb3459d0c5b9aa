/** Elements that are not finite. */
export interface NonFiniteCounts {
  readonly reference: number;
  readonly candidate: number;
  /** Places at which either side is not. */
  readonly pairs: number;
}

/** What is not finite on each side. */
export function countNonFinite(reference: Float32Array, candidate: Float32Array): NonFiniteCounts {
  let [ofReference, ofCandidate, pairs] = [0, 0, 0];
  for (let i = 0; i < reference.length; i++) {
    const [isReference, isCandidate] = [Number.isFinite(reference[i]), Number.isFinite(candidate[i])];
    if (isReference && isCandidate) continue;
    pairs++;
    if (!isReference) ofReference++;
    if (!isCandidate) ofCandidate++;
  }
  return { reference: ofReference, candidate: ofCandidate, pairs };
}
