import type { Agent } from '@tilewright/spec';
import { lacksFunctions } from './lacks-functions.ts';
import type { ModuleKind } from './load-module.ts';

export const DEFAULT_AGENT = 'rules';

export const AGENTS: ModuleKind<Agent> = {
  noun: 'agent',
  builtIn: {
    [DEFAULT_AGENT]: async () => (await import('@tilewright/agent-rules')).rulesAgent(),
  },
  lacks: (value) => (typeof value.id !== 'string' ? 'it has no id' : lacksFunctions(value, ['decide'])),
};
