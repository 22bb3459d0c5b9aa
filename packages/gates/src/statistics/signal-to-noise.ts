import { ratio } from './beyond-any-limit.ts';
import type { Metric } from './metric.ts';

export interface SignalToNoiseValue {
  /** Normalised mean square error: Σ (candidate − reference)² / Σ reference². */
  readonly normalizedMeanSquareError: number;
  /** Signal to quantisation-noise ratio (SQNR) in decibels: −10·log10 of the above, at most `MOST_DECIBELS`. */
  readonly decibels: number;
  /** √(mean reference²). */
  readonly referenceRootMeanSquare: number;
}

/** What stands for no noise at all: more than float32 can show, and still a number that JSON can hold. */
export const MOST_DECIBELS = 300;

/** The power of the error beside that of the reference. */
export class SignalToNoise implements Metric<SignalToNoiseValue> {
  #noise = 0;
  #signal = 0;
  #count = 0;

  add(reference: Float32Array, candidate: Float32Array): void {
    for (let i = 0; i < reference.length; i++) {
      this.#noise += (candidate[i] - reference[i]) ** 2;
      this.#signal += reference[i] * reference[i];
    }
    this.#count += reference.length;
  }

  value(): SignalToNoiseValue {
    const isEmpty = this.#count === 0;
    const normalizedMeanSquareError = isEmpty ? Number.NaN : ratio(this.#noise, this.#signal);
    return {
      normalizedMeanSquareError,
      // −10·log10(0) is infinite, and NaN stays NaN.
      decibels: Math.min(MOST_DECIBELS, -10 * Math.log10(normalizedMeanSquareError)),
      referenceRootMeanSquare: isEmpty ? Number.NaN : Math.sqrt(this.#signal / this.#count),
    };
  }
}
