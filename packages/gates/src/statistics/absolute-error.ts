import type { Metric } from './metric.ts';

export interface AbsoluteErrorValue {
  readonly max: number;
  readonly mean: number;
}

/** Largest and mean |candidate − reference|. */
export class AbsoluteError implements Metric<AbsoluteErrorValue> {
  #max = 0;
  #sum = 0;
  #count = 0;

  add(reference: Float32Array, candidate: Float32Array): void {
    for (let i = 0; i < reference.length; i++) {
      const error = Math.abs(candidate[i] - reference[i]);
      if (error > this.#max) this.#max = error;
      this.#sum += error;
    }
    this.#count += reference.length;
  }

  value(): AbsoluteErrorValue {
    if (this.#count === 0) return { max: Number.NaN, mean: Number.NaN };
    return { max: this.#max, mean: this.#sum / this.#count };
  }
}
