import { BEYOND_ANY_LIMIT } from './beyond-any-limit.ts';
import { rootMeanSquare } from './root-mean-square.ts';

export interface Tolerance {
  /** Times the root mean square of the element's row. */
  readonly absolute: number;
  /** Times the element's own magnitude. */
  readonly relative: number;
}

/** A row far smaller than the tensor is judged as if it were this much of it: its rounding came from larger values. */
const SMALLEST_ROW = 1e-3;

/**
 * The largest share of its tolerance that any element uses: |candidate − reference| over
 * `absolute · RMS(row) + relative · |reference|`. Above 1 an element is out of tolerance. The scale is the row's, not the
 * tensor's, because a few positions of a language model carry activations a thousand times those of others.
 */
export function toleranceUse(
  reference: Float32Array,
  candidate: Float32Array,
  width: number,
  { absolute, relative }: Tolerance,
): number {
  const floor = SMALLEST_ROW * rootMeanSquare(reference);
  let worst = 0;
  for (let from = 0; from < reference.length; from += width) {
    const scale = absolute * Math.max(floor, rootMeanSquare(reference, from, from + width));
    for (let i = from; i < from + width; i++) {
      const error = Math.abs(candidate[i] - reference[i]);
      if (error === 0) continue;
      const allowed = scale + relative * Math.abs(reference[i]);
      worst = Math.max(worst, allowed === 0 ? BEYOND_ANY_LIMIT : error / allowed);
    }
  }
  return worst;
}
