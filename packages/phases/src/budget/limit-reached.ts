import { type AgentUsage, type Budget, type BudgetLimit, type BudgetLimits, totalTokens } from '@tilewright/spec';
import { formatCost } from './format-cost.ts';

/** What of a budget has been used, in a phase or in all. */
export interface BudgetUse {
  readonly usage: AgentUsage;
  readonly attempts: number;
  readonly wallMs: number;
}

/** In a phase, and in the whole deployment with that phase. */
export interface BudgetUses {
  readonly phase: BudgetUse;
  readonly total: BudgetUse;
}

const SCOPES = ['phase', 'total'] as const;
const LIMITS: readonly BudgetLimit[] = ['tokens', 'costUsd', 'attempts', 'wallMs'];

/** The first limit that is reached, as a sentence; null while there is none. */
export function limitReached(budget: Budget, uses: BudgetUses): string | null {
  for (const scope of SCOPES) {
    for (const name of LIMITS) {
      const limit = budget[scope]?.[name];
      if (limit === undefined) continue;
      const whose = scope === 'phase' ? 'of the phase' : 'of the deployment';
      const used = usedOf(uses[scope], name);
      if (used === null) {
        return `The cost ${whose} cannot be held to ${described('costUsd', limit)}: the agent has no price for its model.`;
      }
      if (used >= limit)
        return `The budget ${whose} is used up: ${described(name, used)} of ${described(name, limit)}.`;
    }
  }
  return null;
}

/** What is left of the tighter of phase and deployment. */
export function remainingBudget(budget: Budget, uses: BudgetUses): BudgetLimits {
  const remaining: { -readonly [name in BudgetLimit]?: number } = {};
  for (const name of LIMITS) {
    const left = SCOPES.flatMap((scope) => {
      const limit = budget[scope]?.[name];
      return limit === undefined ? [] : Math.max(0, limit - (usedOf(uses[scope], name) ?? limit));
    });
    if (left.length > 0) remaining[name] = Math.min(...left);
  }
  return remaining;
}

function usedOf({ usage, attempts, wallMs }: BudgetUse, name: BudgetLimit): number | null {
  return { tokens: totalTokens(usage), costUsd: usage.costUsd, attempts, wallMs }[name];
}

function described(name: BudgetLimit, value: number): string {
  switch (name) {
    case 'tokens':
      return `${value} tokens`;
    case 'costUsd':
      return `${formatCost(value)} by list price`;
    case 'attempts':
      return `${value} attempts`;
    case 'wallMs':
      return value < 60_000 ? `${(value / 1000).toFixed(1)} s` : `${(value / 60_000).toFixed(1)} minutes`;
  }
}
