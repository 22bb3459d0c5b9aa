/** Two tensors' elements, side by side. */
export interface Pairs {
  readonly ours: Float32Array;
  readonly reference: Float32Array;
  /** Elements that are not finite on either side. They are zero in both arrays, and must be counted. */
  readonly nonFinite: number;
}

/** Takes out what no other statistic can digest, and counts it. Copies only if there is something to take out. */
export function finitePairs(ours: Float32Array, reference: Float32Array): Pairs {
  let nonFinite = 0;
  for (let i = 0; i < ours.length; i++) {
    if (!Number.isFinite(ours[i]) || !Number.isFinite(reference[i])) nonFinite++;
  }
  if (nonFinite === 0) return { ours, reference, nonFinite };
  const isUsable = (_: number, i: number): boolean => Number.isFinite(ours[i]) && Number.isFinite(reference[i]);
  return {
    ours: ours.map((value, i) => (isUsable(value, i) ? value : 0)),
    reference: reference.map((value, i) => (isUsable(value, i) ? value : 0)),
    nonFinite,
  };
}
