export interface AbsoluteError {
  readonly max: number;
  readonly mean: number;
}

/** Largest and mean |ours − reference|. */
export function absoluteError(ours: Float32Array, reference: Float32Array): AbsoluteError {
  let max = 0;
  let sum = 0;
  for (let i = 0; i < ours.length; i++) {
    const error = Math.abs(ours[i] - reference[i]);
    if (error > max) max = error;
    sum += error;
  }
  return { max, mean: ours.length === 0 ? 0 : sum / ours.length };
}
