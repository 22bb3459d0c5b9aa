export { claudeAgent } from './agent/claude-agent.ts';
export { type ClaudeAgentOptions, DEFAULT_MODEL, EFFORTS, type Effort } from './agent/claude-agent-options.ts';
export { LIST_PRICES, type ListPrice, type ModelPrice, type PriceList } from './usage/prices.ts';
