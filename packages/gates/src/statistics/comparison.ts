import type { AbsoluteErrorValue } from './absolute-error.ts';
import type { DistributionSummary } from './distribution.ts';
import type { NonFiniteCounts } from './non-finite.ts';
import type { RelativeErrorValue } from './relative-error.ts';

/**
 * How a candidate differs from its reference. Where anything is not finite, every figure that it is part of is
 * NaN: a mean over the rest would hide it.
 */
export interface Comparison {
  readonly positions: number;
  /** Elements, those included that are not finite. */
  readonly count: number;
  readonly nonFinite: NonFiniteCounts;
  readonly referenceRootMeanSquare: number;
  readonly absoluteError: AbsoluteErrorValue;
  readonly relativeError: RelativeErrorValue;
  /** Σ |candidate − reference| / Σ |reference|. */
  readonly meanRelativeL1: number;
  readonly normalizedMeanSquareError: number;
  readonly signalToNoiseDecibels: number;
  /** Pearson, of all elements. */
  readonly correlation: number;
  /** Of each position. */
  readonly cosine: DistributionSummary;
  /** Where the positions are logits and `topK` was given. */
  readonly logits: LogitComparison | null;
}

export interface LogitComparison {
  readonly topK: number;
  /** Of each position, the share of the first `topK` that both sides have in common, 0 to 1. */
  readonly overlap: DistributionSummary;
  /** Positions whose first choice is the same. */
  readonly sameFirst: number;
  /** KL(reference ‖ candidate) at each position, nats. */
  readonly divergence: DistributionSummary;
}
