import { quantile as quantileOfSorted } from '@tilewright/gates';

/** `quantile` of values in any order; null of nothing. */
export function quantile(values: readonly number[], share: number): number | null {
  return values.length === 0
    ? null
    : quantileOfSorted(
        values.toSorted((a, b) => a - b),
        share,
      );
}
