import { rootMeanSquare } from './root-mean-square.ts';

/** What stands for a ratio to zero: larger than any limit, and still a number that JSON can hold. */
export const BEYOND_ANY_LIMIT = 1e30;

function ratio(numerator: number, denominator: number): number {
  if (numerator === 0) return 0;
  return denominator === 0 ? BEYOND_ANY_LIMIT : numerator / denominator;
}

/**
 * mean |ours − reference| / mean |reference|: the headline figure of the published kernel accuracies.
 * A reference of zeros gives 0 if ours is zero too, else `BEYOND_ANY_LIMIT`.
 */
export function meanRelativeL1(ours: Float32Array, reference: Float32Array): number {
  let error = 0;
  let magnitude = 0;
  for (let i = 0; i < ours.length; i++) {
    error += Math.abs(ours[i] - reference[i]);
    magnitude += Math.abs(reference[i]);
  }
  return ratio(error, magnitude);
}

/**
 * Largest |ours − reference| / max(|reference|, RMS of the reference): an element near zero is held
 * against the size of its neighbours, else every rounding there would look infinite.
 */
export function maxRelativeError(ours: Float32Array, reference: Float32Array): number {
  const typical = rootMeanSquare(reference);
  let max = 0;
  for (let i = 0; i < ours.length; i++) {
    const error = ratio(Math.abs(ours[i] - reference[i]), Math.max(Math.abs(reference[i]), typical));
    if (error > max) max = error;
  }
  return max;
}
