/** Dollars by an agent's list of prices: an estimate, and never a bill. Unknown where it has no price. */
export function formatCost(costUsd: number | null): string {
  if (costUsd === null) return 'unknown';
  const digits = costUsd !== 0 && costUsd < 0.1 ? 4 : 2;
  return `$${costUsd.toFixed(digits)}`;
}
