import { quantile } from './quantile.ts';

/** A latency that was published and ours for it, both in µs. */
export interface LatencyPair {
  readonly publishedUs: number;
  readonly estimatedUs: number;
}

export interface ErrorStatistics {
  readonly count: number;
  /** Of |estimated / published − 1|; null without a row. */
  readonly median: number | null;
  readonly p90: number | null;
  readonly max: number | null;
  /** Of the pairs whose published latencies differ enough, the share that we order the same way; null without one. */
  readonly orderAgreement: number | null;
}

/** Published latencies closer than this may come the other way round when measured again. */
const DISTINCT = 1.08;

export function relativeError({ publishedUs, estimatedUs }: LatencyPair): number {
  return Math.abs(estimatedUs / publishedUs - 1);
}

export function errorStatistics(pairs: readonly LatencyPair[]): ErrorStatistics {
  const errors = pairs.map(relativeError);
  return {
    count: errors.length,
    median: quantile(errors, 0.5),
    p90: quantile(errors, 0.9),
    max: quantile(errors, 1),
    orderAgreement: orderAgreement(pairs),
  };
}

function orderAgreement(pairs: readonly LatencyPair[]): number | null {
  let compared = 0;
  let agreed = 0;
  pairs.forEach((a, index) => {
    for (const b of pairs.slice(index + 1)) {
      const [fast, slow] = a.publishedUs < b.publishedUs ? [a, b] : [b, a];
      if (slow.publishedUs <= fast.publishedUs * DISTINCT) continue;
      compared++;
      if (slow.estimatedUs > fast.estimatedUs) agreed++;
    }
  });
  return compared === 0 ? null : agreed / compared;
}
