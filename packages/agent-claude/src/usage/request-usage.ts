import type { BetaUsage } from '@anthropic-ai/sdk/resources/beta/messages/messages';
import type { AgentUsage } from '@tilewright/spec';
import type { ModelPrice } from './prices.ts';

/** What one request took, as the service counts it; its cost at the price, null without one. */
export function requestUsage(usage: Partial<BetaUsage>, price: ModelPrice | null): AgentUsage {
  const cacheWriteTokens = usage.cache_creation_input_tokens ?? 0;
  const tokens = {
    inputTokens: usage.input_tokens ?? 0,
    cacheWriteTokens,
    cacheReadTokens: usage.cache_read_input_tokens ?? 0,
    outputTokens: usage.output_tokens ?? 0,
  };
  const longWrites = Math.min(usage.cache_creation?.ephemeral_1h_input_tokens ?? 0, cacheWriteTokens);
  return { requests: 1, ...tokens, costUsd: price && costUsd(tokens, longWrites, price) };
}

function costUsd(
  tokens: Pick<AgentUsage, 'inputTokens' | 'cacheWriteTokens' | 'cacheReadTokens' | 'outputTokens'>,
  longWrites: number,
  price: ModelPrice,
): number {
  const { inputPerMillion: input, outputPerMillion: output } = price;
  const { cacheWritePerMillion = 1.25 * input, longCacheWritePerMillion = 2 * input } = price;
  const { cacheReadPerMillion = 0.1 * input } = price;
  return (
    (tokens.inputTokens * input +
      (tokens.cacheWriteTokens - longWrites) * cacheWritePerMillion +
      longWrites * longCacheWritePerMillion +
      tokens.cacheReadTokens * cacheReadPerMillion +
      tokens.outputTokens * output) /
    1e6
  );
}
