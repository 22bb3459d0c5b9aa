import type { Review } from './reviewer.ts';

/**
 * `review.json`: what a human answered to a deployment that waits. It is about one report of one phase, by
 * that report's digest, and counts for nothing once there is another.
 */
export interface RecordedReview {
  readonly specificationVersion: 'v1';
  readonly phase: number;
  readonly reportDigest: string;
  readonly review: Review;
  readonly recordedAt: string;
}
