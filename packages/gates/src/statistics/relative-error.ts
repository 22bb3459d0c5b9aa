import { ratio } from './beyond-any-limit.ts';
import type { Metric } from './metric.ts';
import { rootMeanSquare } from './root-mean-square.ts';

export interface RelativeErrorValue {
  readonly max: number;
  readonly mean: number;
}

/**
 * Largest and mean |candidate − reference| / max(|reference|, RMS of the reference's position): an element near zero is
 * held against the size of its neighbours, else every rounding there would look infinite. The neighbours are
 * those of its position, because a few positions of a language model carry activations a thousand times those of others.
 */
export class RelativeError implements Metric<RelativeErrorValue> {
  #max = 0;
  #sum = 0;
  #count = 0;

  add(reference: Float32Array, candidate: Float32Array): void {
    const typical = rootMeanSquare(reference);
    for (let i = 0; i < reference.length; i++) {
      const error = ratio(Math.abs(candidate[i] - reference[i]), Math.max(Math.abs(reference[i]), typical));
      if (error > this.#max) this.#max = error;
      this.#sum += error;
    }
    this.#count += reference.length;
  }

  value(): RelativeErrorValue {
    if (this.#count === 0) return { max: Number.NaN, mean: Number.NaN };
    return { max: this.#max, mean: this.#sum / this.#count };
  }
}
