/**
 * The value below which a share of the values lies, linear between the two nearest ranks: rank
 * `share · (n − 1)` of the sorted values, as NumPy and R (type 7) have it. Null of nothing.
 */
export function quantile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const rank = share * (sorted.length - 1);
  const below = sorted[Math.floor(rank)] as number;
  const above = sorted[Math.ceil(rank)] as number;
  return below + (above - below) * (rank - Math.floor(rank));
}
