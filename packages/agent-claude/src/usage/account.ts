import { type AgentUsage, addUsage, type BudgetLimits, type DecideOptions, NO_USAGE } from '@tilewright/spec';
import type { ClaudeAgentSettings } from '../agent/claude-agent-options.ts';
import type { Received } from '../request/receive-answer.ts';
import { budgetLeft, outputTokensWithin } from './budget-left.ts';
import { priceOf } from './prices.ts';
import { requestUsage } from './request-usage.ts';

export interface Account {
  readonly record: (received: Received) => Promise<void>;
  readonly left: () => BudgetLimits;
  /** How long an answer to a prompt may be that was counted roughly as so many tokens; 0 where nothing is left. */
  readonly outputTokens: (countedTokens: number) => number;
}

/** What this decision takes, and what it leaves of the budget. */
export function accountOf(options: DecideOptions, { model, prices, maxOutputTokens }: ClaudeAgentSettings): Account {
  const startedMs = performance.now();
  let spent: AgentUsage = NO_USAGE;
  const left = (): BudgetLimits => budgetLeft(options.remaining ?? {}, spent, performance.now() - startedMs);
  return {
    left,
    record: async (received) => {
      if (received.usage === null) return;
      const answered = received.kind === 'answer' ? received.message.model : model;
      const usage = requestUsage(received.usage, priceOf(answered, prices));
      spent = addUsage(spent, usage);
      await options.onUsage?.(usage);
    },
    outputTokens: (countedTokens) => outputTokensWithin(left(), countedTokens, priceOf(model, prices), maxOutputTokens),
  };
}
