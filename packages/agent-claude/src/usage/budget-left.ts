import { type AgentUsage, type BudgetLimits, totalTokens } from '@tilewright/spec';
import type { ModelPrice } from './prices.ts';

/** Fewer tokens than this are no answer. */
const LEAST_OUTPUT_TOKENS = 256;

/** What is left of a budget when `spent` has gone of it in `elapsedMs`. */
export function budgetLeft(remaining: BudgetLimits, spent: AgentUsage, elapsedMs: number): BudgetLimits {
  const { tokens, costUsd, wallMs } = remaining;
  return {
    ...remaining,
    ...(tokens !== undefined && { tokens: Math.max(0, tokens - totalTokens(spent)) }),
    ...(costUsd !== undefined && { costUsd: Math.max(0, costUsd - (spent.costUsd ?? 0)) }),
    ...(wallMs !== undefined && { wallMs: Math.max(0, wallMs - elapsedMs) }),
  };
}

/**
 * How many tokens an answer to a prompt of about `promptTokens` may have, at most `most`; 0 where what is left is too little
 * for one. Cost counts where there is a price.
 */
export function outputTokensWithin(
  { tokens, costUsd, wallMs }: BudgetLimits,
  promptTokens: number,
  price: ModelPrice | null,
  most: number,
): number {
  if (wallMs === 0) return 0;
  const limits = [most];
  if (tokens !== undefined) limits.push(tokens - promptTokens);
  if (costUsd !== undefined && price !== null) {
    const promptUsd = (promptTokens * price.inputPerMillion) / 1e6;
    limits.push(((costUsd - promptUsd) * 1e6) / price.outputPerMillion);
  }
  const allowed = Math.floor(Math.min(...limits));
  return allowed < LEAST_OUTPUT_TOKENS ? 0 : allowed;
}
