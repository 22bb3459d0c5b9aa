import { Distribution, type DistributionSummary } from './distribution.ts';
import type { Metric } from './metric.ts';

/** Cosine of two vectors' angle. Two zero vectors: 1; one: 0. */
export function cosine(reference: Float32Array, candidate: Float32Array): number {
  let dot = 0;
  let referenceSquares = 0;
  let candidateSquares = 0;
  for (let i = 0; i < reference.length; i++) {
    dot += reference[i] * candidate[i];
    referenceSquares += reference[i] * reference[i];
    candidateSquares += candidate[i] * candidate[i];
  }
  if (referenceSquares === 0 || candidateSquares === 0) return referenceSquares === candidateSquares ? 1 : 0;
  return dot / Math.sqrt(referenceSquares * candidateSquares);
}

/** The cosine of every position: one wrong position shows, however many are right. */
export class PositionCosine implements Metric<DistributionSummary> {
  readonly #cosines = new Distribution();

  add(reference: Float32Array, candidate: Float32Array): void {
    this.#cosines.add(cosine(reference, candidate));
  }

  value(): DistributionSummary {
    return this.#cosines.summary();
  }
}
