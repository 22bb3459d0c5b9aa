import { Distribution, type DistributionSummary } from './distribution.ts';
import type { Metric } from './metric.ts';

/**
 * KL(reference ‖ candidate) in nats of the distributions that two rows of logits stand for:
 * Σ p·(log p − log q), with softmax in float64. Never negative but for rounding, which is cut off.
 */
export function klDivergence(referenceLogits: Float32Array, candidateLogits: Float32Array): number {
  const referenceNormaliser = logSumExp(referenceLogits);
  const candidateNormaliser = logSumExp(candidateLogits);
  let divergence = 0;
  for (let i = 0; i < referenceLogits.length; i++) {
    const logReference = referenceLogits[i] - referenceNormaliser;
    divergence += Math.exp(logReference) * (logReference - (candidateLogits[i] - candidateNormaliser));
  }
  return Math.max(0, divergence);
}

function logSumExp(values: Float32Array): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) highest = Math.max(highest, values[i]);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.exp(values[i] - highest);
  return highest + Math.log(sum);
}

/** The divergence of the predictions at every position, in nats. */
export class KlDivergence implements Metric<DistributionSummary> {
  readonly #divergences = new Distribution();

  add(reference: Float32Array, candidate: Float32Array): void {
    this.#divergences.add(klDivergence(reference, candidate));
  }

  value(): DistributionSummary {
    return this.#divergences.summary();
  }
}
