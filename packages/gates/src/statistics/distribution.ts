import { quantile } from './quantile.ts';

/** One figure per position, summed up. Positions are counted from 0 in the order in which they came. */
export interface DistributionSummary {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  /** The position of the smallest; null of none. */
  readonly minAt: number | null;
  readonly max: number;
  readonly maxAt: number | null;
  readonly percentiles: Readonly<Record<Percentile, number>>;
}

export type Percentile = (typeof PERCENTILES)[number];

const PERCENTILES = [1, 5, 25, 50, 75, 95, 99] as const;

/** Gathers one figure per position: a number each, never what it was computed from. */
export class Distribution {
  readonly #values: number[] = [];

  add(value: number): void {
    this.#values.push(value);
  }

  /** A figure that is not a number leaves none of the summary's a number; so does nothing at all. */
  summary(): DistributionSummary {
    const values = this.#values;
    const sorted = Float64Array.from(values).sort();
    // A NaN sorts behind everything.
    const isUsable = sorted.length > 0 && !Number.isNaN(sorted[sorted.length - 1]);
    const min = isUsable ? sorted[0] : Number.NaN;
    const max = isUsable ? sorted[sorted.length - 1] : Number.NaN;
    const entries = PERCENTILES.map((percent) => [percent, isUsable ? quantile(sorted, percent / 100) : Number.NaN]);
    return {
      count: values.length,
      mean: isUsable ? values.reduce((sum, value) => sum + value, 0) / values.length : Number.NaN,
      min,
      minAt: isUsable ? values.indexOf(min) : null,
      max,
      maxAt: isUsable ? values.indexOf(max) : null,
      percentiles: Object.fromEntries(entries) as Record<Percentile, number>,
    };
  }
}
