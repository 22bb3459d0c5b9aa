import { NO_USAGE } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { budgetLeft, outputTokensWithin } from './budget-left.ts';
import { LIST_PRICES, priceOf } from './prices.ts';
import { requestUsage } from './request-usage.ts';

const PRICE = { inputPerMillion: 2, outputPerMillion: 10 };

describe('a price', () => {
  it('is of the list, also where the model is named with its date; ours goes before it', () => {
    expect(priceOf('claude-haiku-4-5-20251001', {})).toBe(LIST_PRICES['claude-haiku-4-5']);
    expect(priceOf('claude-haiku-4-5', { 'claude-haiku-4-5': PRICE })).toBe(PRICE);
    expect(priceOf('a-model', { 'a-model': PRICE })).toBe(PRICE);
    expect(priceOf('a-model', {})).toBeNull();
    expect(priceOf('constructor', {})).toBeNull();
  });

  it('of the list says from when it is, and where it stands', () => {
    for (const price of Object.values(LIST_PRICES)) {
      expect(price.asKnown).toMatch(/^\d{4}-\d{2}$/);
      expect(price.source).toMatch(/^https:/);
    }
  });

  it('makes cached tokens dearer to write and cheaper to read', () => {
    const tokens = { input_tokens: 1e6, cache_read_input_tokens: 1e6, output_tokens: 1e6 };
    const written = { cache_creation_input_tokens: 2e6 };
    const longLived = { cache_creation: { ephemeral_1h_input_tokens: 1e6, ephemeral_5m_input_tokens: 1e6 } };
    expect(requestUsage(tokens, PRICE).costUsd).toBeCloseTo(2 + 0.2 + 10, 9);
    expect(requestUsage({ ...tokens, ...written, ...longLived }, PRICE).costUsd).toBeCloseTo(12.2 + 2.5 + 4, 9);
    expect(requestUsage({ ...tokens, ...written }, { ...PRICE, cacheWritePerMillion: 3 }).costUsd).toBeCloseTo(18.2, 9);
  });
});

describe('what is left of a budget', () => {
  const spent = { ...NO_USAGE, requests: 1, inputTokens: 600, outputTokens: 400, costUsd: 0.25 };

  it('is what was there without what was spent, and never less than nothing', () => {
    const limits = { tokens: 5000, costUsd: 1, wallMs: 100, attempts: 3 };
    expect(budgetLeft(limits, spent, 40)).toEqual({ tokens: 4000, costUsd: 0.75, wallMs: 60, attempts: 3 });
    expect(budgetLeft({ tokens: 10, costUsd: 0.1, wallMs: 1 }, spent, 40)).toEqual({
      tokens: 0,
      costUsd: 0,
      wallMs: 0,
    });
    expect(budgetLeft({}, spent, 40)).toEqual({});
  });

  it('limits an answer by its tightest limit', () => {
    expect(outputTokensWithin({}, 1e9, null, 16_000)).toBe(16_000);
    expect(outputTokensWithin({ tokens: 5000 }, 1000, null, 16_000)).toBe(4000);
    expect(outputTokensWithin({ tokens: 5000, costUsd: 0.02 }, 1000, PRICE, 16_000)).toBe(1800);
    expect(outputTokensWithin({ costUsd: 0.02 }, 1000, null, 16_000)).toBe(16_000);
    expect(outputTokensWithin({ tokens: 1100 }, 1000, null, 16_000)).toBe(0);
    expect(outputTokensWithin({ wallMs: 0 }, 1000, null, 16_000)).toBe(0);
  });
});
