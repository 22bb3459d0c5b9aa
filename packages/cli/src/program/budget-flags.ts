import type { Budget, BudgetLimits } from '@tilewright/spec';
import type { Command } from 'commander';
import { nonNegative, whole } from './parsers.ts';

/** Flags of what an agent may use, in the whole deployment and in each phase. */
export interface BudgetFlags {
  readonly maxTokens?: number;
  readonly maxCost?: number;
  readonly maxAttempts?: number;
  readonly maxMinutes?: number;
  readonly phaseMaxTokens?: number;
  readonly phaseMaxCost?: number;
  readonly phaseMaxAttempts?: number;
  readonly phaseMaxMinutes?: number;
}

const MS_PER_MINUTE = 60_000;

/** The options that limit an agent. */
export function withBudget(command: Command): Command {
  return command
    .option('--max-tokens <number>', 'tokens of a language model that the agent may use in all', whole(0))
    .option('--max-cost <usd>', 'what they may cost, by list price', nonNegative)
    .option('--max-attempts <number>', 'changes of the plan that the agent may try in all', whole(0))
    .option('--max-minutes <number>', 'time after which the agent is not asked any more', nonNegative)
    .option('--phase-max-tokens <number>', 'as --max-tokens, in each phase', whole(0))
    .option('--phase-max-cost <usd>', 'as --max-cost, in each phase', nonNegative)
    .option('--phase-max-attempts <number>', 'as --max-attempts, in each phase', whole(0))
    .option('--phase-max-minutes <number>', 'as --max-minutes, in each phase', nonNegative);
}

/** The budget that the flags say; undefined where they say none. */
export function budgetOf(flags: BudgetFlags): Budget | undefined {
  const total = limits(flags.maxTokens, flags.maxCost, flags.maxAttempts, flags.maxMinutes);
  const phase = limits(flags.phaseMaxTokens, flags.phaseMaxCost, flags.phaseMaxAttempts, flags.phaseMaxMinutes);
  if (total === undefined && phase === undefined) return undefined;
  return { ...(phase && { phase }), ...(total && { total }) };
}

function limits(
  tokens: number | undefined,
  costUsd: number | undefined,
  attempts: number | undefined,
  minutes: number | undefined,
): BudgetLimits | undefined {
  const given: BudgetLimits = {
    ...(tokens !== undefined && { tokens }),
    ...(costUsd !== undefined && { costUsd }),
    ...(attempts !== undefined && { attempts }),
    ...(minutes !== undefined && { wallMs: minutes * MS_PER_MINUTE }),
  };
  return Object.keys(given).length === 0 ? undefined : given;
}
