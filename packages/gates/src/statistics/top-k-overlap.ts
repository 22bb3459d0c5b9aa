import { Distribution, type DistributionSummary } from './distribution.ts';
import type { Metric } from './metric.ts';
import { overlap, topK } from './top-k.ts';

export interface TopKOverlapValue {
  /** Of each position, the share of the first k that both sides have in common, 0 to 1. */
  readonly shared: DistributionSummary;
  /** Positions whose first choice is the same. */
  readonly sameFirst: number;
}

/** What both sides rank first, at every position. */
export class TopKOverlap implements Metric<TopKOverlapValue> {
  readonly #k: number;
  readonly #shares = new Distribution();
  #sameFirst = 0;

  constructor(k: number) {
    this.#k = k;
  }

  add(reference: Float32Array, candidate: Float32Array): void {
    const [first, second] = [topK(reference, this.#k), topK(candidate, this.#k)];
    this.#shares.add(overlap(first, second) / first.length);
    if (first[0] === second[0]) this.#sameFirst++;
  }

  value(): TopKOverlapValue {
    return { shared: this.#shares.summary(), sameFirst: this.#sameFirst };
  }
}
