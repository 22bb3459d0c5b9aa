import Anthropic from '@anthropic-ai/sdk';
import type { Agent } from '@tilewright/spec';
import { keptConversation } from '../conversation/conversation.ts';
import type { ConversationItem } from '../conversation/conversation-item.ts';
import { withoutSecrets } from '../request/secrets.ts';
import { missingKey } from '../request/service-failure.ts';
import { type ClaudeAgentOptions, type ClaudeAgentSettings, settled } from './claude-agent-options.ts';
import { decideWithModel } from './decide-with-model.ts';
import { repeatedDecisions } from './repeated-decisions.ts';

/**
 * The agent that asks Claude. One conversation for each phase: the model looks around with tools and takes one decision at a
 * time; what came of it opens the next turn. A conversation that the caller keeps is gone on with where it stands. Throws
 * `config-invalid` at once; `decide` rejects with `aborted`, and with `agent-failed` where the service does not serve.
 */
export function claudeAgent(options: ClaudeAgentOptions = {}): Agent {
  const settings = settled(options);
  const clean = withoutSecrets([settings.apiKey, settings.authToken]);
  const repeated = repeatedDecisions();
  const taken = new Set<string>();
  let client: Anthropic | undefined;
  // Only where the caller keeps no transcript.
  let own: { readonly phase: number; readonly items: ConversationItem[] } = { phase: -1, items: [] };
  return {
    specificationVersion: 'v1',
    id: 'claude',
    decide: async (observation, decideOptions = {}) => {
      client ??= openClient(settings);
      const { phase } = observation.situation;
      if (own.phase !== phase || observation.attempt === 0) own = { phase, items: [] };
      const conversation = keptConversation(decideOptions.conversation, own.items, clean, settings.model);
      return decideWithModel({
        ...{ client, settings, clean, conversation, repeated, taken, observation },
        options: decideOptions,
      });
    },
  };
}

/** Silent: what the SDK logs may hold what was asked. What it reads from the environment is given here instead. */
function openClient(settings: ClaudeAgentSettings): Anthropic {
  const { apiKey, authToken, baseUrl, fetch } = settings;
  if (!apiKey && !authToken) throw missingKey();
  return new Anthropic({
    ...(apiKey ? { apiKey } : { authToken: authToken as string }),
    baseURL: baseUrl,
    maxRetries: 0,
    logLevel: 'off',
    openTelemetry: false,
    ...(fetch && { fetch }),
  });
}
