/**
 * The value below which a share of the values lies, linear between the two nearest ranks: rank `share · (n − 1)`, as
 * NumPy and R (type 7) have it. `sorted` is ascending; of nothing it is NaN.
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  const rank = share * (sorted.length - 1);
  const below = sorted[Math.floor(rank)] as number;
  const above = sorted[Math.ceil(rank)] as number;
  return below + (above - below) * (rank - Math.floor(rank));
}
