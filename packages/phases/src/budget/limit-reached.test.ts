import { NO_USAGE } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { type BudgetUse, limitReached, remainingBudget } from './limit-reached.ts';

const none: BudgetUse = { usage: NO_USAGE, attempts: 0, wallMs: 0 };
const used: BudgetUse = {
  usage: { ...NO_USAGE, requests: 2, inputTokens: 10, cacheReadTokens: 80, outputTokens: 10, costUsd: 0.5 },
  attempts: 3,
  wallMs: 90_000,
};

describe('limitReached', () => {
  it.each([
    [{ phase: { tokens: 100 } }, /of the phase .*100 tokens of 100 tokens/],
    [{ total: { costUsd: 0.5 } }, /of the deployment .*\$0.50 by list price of \$0.50/],
    [{ phase: { attempts: 2 } }, /3 attempts of 2 attempts/],
    [{ phase: { attempts: 9 }, total: { wallMs: 60_000 } }, /1.5 minutes of 1.0 minutes/],
  ])('says in words which: %j', (budget, words) => {
    expect(limitReached(budget, { phase: used, total: used })).toMatch(words);
    expect(limitReached(budget, { phase: none, total: none })).toBeNull();
  });

  it('is none where nothing limits', () => {
    expect(limitReached({}, { phase: used, total: used })).toBeNull();
  });

  it('is a cost that nobody knows', () => {
    const unknown = { ...used, usage: { ...used.usage, costUsd: null } };
    expect(limitReached({ total: { costUsd: 9 } }, { phase: unknown, total: unknown })).toMatch(/no price/);
    expect(limitReached({ total: { tokens: 900 } }, { phase: unknown, total: unknown })).toBeNull();
    expect(remainingBudget({ total: { costUsd: 9 } }, { phase: unknown, total: unknown })).toEqual({ costUsd: 0 });
  });
});

describe('remainingBudget', () => {
  it('is of the tighter of phase and deployment, and never less than nothing', () => {
    const budget = { phase: { tokens: 30, attempts: 1 }, total: { tokens: 120, wallMs: 100_000 } };
    expect(remainingBudget(budget, { phase: none, total: used })).toEqual({ tokens: 20, attempts: 1, wallMs: 10_000 });
    expect(remainingBudget(budget, { phase: used, total: used })).toEqual({ tokens: 0, attempts: 0, wallMs: 10_000 });
    expect(remainingBudget({}, { phase: used, total: used })).toEqual({});
  });
});
