import type { Metric } from './metric.ts';

/**
 * Pearson correlation. Each piece is taken in two passes and joined to what was there by its mean (Chan, Golub and LeVeque
 * 1983), so that a large mean costs no digits. Where one side is constant it is undefined: then 1 if both are constant
 * (whether at the same value is for the absolute error to say), else 0. It is blind to scale and shift, so no
 * gate may pass on it alone.
 */
export class Correlation implements Metric<number> {
  #count = 0;
  #referenceMean = 0;
  #candidateMean = 0;
  #referenceSquares = 0;
  #candidateSquares = 0;
  #products = 0;

  add(reference: Float32Array, candidate: Float32Array): void {
    const count = reference.length;
    if (count === 0) return;
    let referenceSum = 0;
    let candidateSum = 0;
    for (let i = 0; i < count; i++) {
      referenceSum += reference[i];
      candidateSum += candidate[i];
    }
    const referenceMean = referenceSum / count;
    const candidateMean = candidateSum / count;
    for (let i = 0; i < count; i++) {
      const a = reference[i] - referenceMean;
      const b = candidate[i] - candidateMean;
      this.#referenceSquares += a * a;
      this.#candidateSquares += b * b;
      this.#products += a * b;
    }
    const total = this.#count + count;
    const referenceStep = referenceMean - this.#referenceMean;
    const candidateStep = candidateMean - this.#candidateMean;
    const weight = (this.#count * count) / total;
    this.#referenceSquares += weight * referenceStep * referenceStep;
    this.#candidateSquares += weight * candidateStep * candidateStep;
    this.#products += weight * referenceStep * candidateStep;
    this.#referenceMean += (count / total) * referenceStep;
    this.#candidateMean += (count / total) * candidateStep;
    this.#count = total;
  }

  value(): number {
    if (this.#count === 0) return Number.NaN;
    const isReferenceConstant = isNegligible(this.#referenceSquares / this.#count, this.#referenceMean);
    const isCandidateConstant = isNegligible(this.#candidateSquares / this.#count, this.#candidateMean);
    if (isReferenceConstant || isCandidateConstant) return isReferenceConstant && isCandidateConstant ? 1 : 0;
    return this.#products / Math.sqrt(this.#referenceSquares * this.#candidateSquares);
  }
}

/** A spread below what float32 can tell from the mean. */
function isNegligible(variance: number, mean: number): boolean {
  return variance <= (mean * 2 ** -23) ** 2;
}
