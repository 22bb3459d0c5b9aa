import { ratio } from './beyond-any-limit.ts';
import type { Metric } from './metric.ts';

/**
 * Σ |candidate − reference| / Σ |reference|: the headline figure of the published kernel accuracies. A reference of
 * zeros gives 0 if the candidate is zero too, else `BEYOND_ANY_LIMIT`.
 */
export class MeanRelativeL1 implements Metric<number> {
  #error = 0;
  #magnitude = 0;
  #isEmpty = true;

  add(reference: Float32Array, candidate: Float32Array): void {
    for (let i = 0; i < reference.length; i++) {
      this.#error += Math.abs(candidate[i] - reference[i]);
      this.#magnitude += Math.abs(reference[i]);
    }
    if (reference.length > 0) this.#isEmpty = false;
  }

  value(): number {
    return this.#isEmpty ? Number.NaN : ratio(this.#error, this.#magnitude);
  }
}
