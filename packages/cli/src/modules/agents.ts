import type { Effort } from '@tilewright/agent-claude';
import { type Agent, TilewrightError } from '@tilewright/spec';
import { lacksFunctions } from './lacks-functions.ts';
import type { ModuleKind } from './load-module.ts';

export const DEFAULT_AGENT = 'rules';
/** The built-in agent that asks a service for which there must be a key. */
export const CLAUDE_AGENT = 'claude';

/** What the built-in agents get from where they run. */
export interface AgentSetup {
  /** Of it: ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN, ANTHROPIC_BASE_URL. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly model?: string | undefined;
  readonly effort?: Effort | undefined;
  /** Told in one line why an agent waits for its service. */
  readonly onWait?: (line: string) => void;
}

/** The agents that there are, and how to know one. Where none is made, nothing has to be set up. */
export function agentsFor(setup: AgentSetup): ModuleKind<Agent> {
  return {
    noun: 'agent',
    builtIn: {
      [DEFAULT_AGENT]: async () => (await import('@tilewright/agent-rules')).rulesAgent(),
      [CLAUDE_AGENT]: () => claude(setup),
    },
    lacks: (value) => (typeof value.id !== 'string' ? 'it has no id' : lacksFunctions(value, ['decide'])),
  };
}

export const AGENTS: ModuleKind<Agent> = agentsFor({ environment: {} });

async function claude({ environment, model, effort, onWait }: AgentSetup): Promise<Agent> {
  const { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_AUTH_TOKEN: authToken, ANTHROPIC_BASE_URL: baseUrl } = environment;
  if (!apiKey && !authToken) {
    throw new TilewrightError(
      'usage',
      'The agent claude needs a key for the Messages API, and there is none in the environment.',
      'Set ANTHROPIC_API_KEY (or ANTHROPIC_AUTH_TOKEN), or deploy with --agent rules.',
    );
  }
  const { claudeAgent } = await import('@tilewright/agent-claude');
  return claudeAgent({
    ...(apiKey ? { apiKey } : { authToken }),
    ...(baseUrl && { baseUrl }),
    ...{ model, effort, onWait },
  });
}
