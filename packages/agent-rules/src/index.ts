export { type RulesAgentOptions, rulesAgent } from './agent/rules-agent.ts';
