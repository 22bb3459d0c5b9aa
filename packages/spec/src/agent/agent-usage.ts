/** What an agent's requests to a language model took. Tokens as the service bills them. */
export interface AgentUsage {
  readonly requests: number;
  /** Neither written to the prompt cache nor read from it. */
  readonly inputTokens: number;
  readonly cacheWriteTokens: number;
  readonly cacheReadTokens: number;
  readonly outputTokens: number;
  /** From the agent's list of prices, not from a bill; null where it has no price for the model. */
  readonly costUsd: number | null;
}

export const NO_USAGE: AgentUsage = {
  ...{ requests: 0, inputTokens: 0, cacheWriteTokens: 0, cacheReadTokens: 0, outputTokens: 0, costUsd: 0 },
};

/** Both together. A cost that is unknown on one side is unknown. */
export function addUsage(a: AgentUsage, b: AgentUsage): AgentUsage {
  return {
    requests: a.requests + b.requests,
    inputTokens: a.inputTokens + b.inputTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    costUsd: a.costUsd === null || b.costUsd === null ? null : a.costUsd + b.costUsd,
  };
}

/** Every token, whatever it costs: what a limit of tokens counts. */
export function totalTokens({ inputTokens, cacheWriteTokens, cacheReadTokens, outputTokens }: AgentUsage): number {
  return inputTokens + cacheWriteTokens + cacheReadTokens + outputTokens;
}
