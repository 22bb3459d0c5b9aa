import type { Agent } from '@tilewright/spec';
import {
  MESSAGES_API_KEY,
  type MessagesApiOptions,
  type MessagesApiServer,
  type MessagesReply,
  type MessagesRequest,
  messagesApiServer,
  type ReplyBlock,
  toolCall,
} from '@tilewright/testkit';
import { onTestFinished } from 'vitest';
import { claudeAgent } from '../agent/claude-agent.ts';
import type { ClaudeAgentOptions } from '../agent/claude-agent-options.ts';

/** What a scripted model answers, in order: a reply, or one made from the request. */
export type ScriptedReply = MessagesReply | ((request: MessagesRequest) => MessagesReply);

export interface ScriptedService {
  readonly server: MessagesApiServer;
  readonly agent: Agent;
  /** Lines that the agent told of its waits. */
  readonly waits: readonly string[];
  /** Another agent of the same service: another run of the same deployment. */
  readonly again: (options?: ClaudeAgentOptions) => Agent;
}

/** An agent whose service plays a script over HTTP; past its end the request is refused. */
export async function scriptedService(
  replies: readonly ScriptedReply[],
  options: ClaudeAgentOptions = {},
  serverOptions: Partial<MessagesApiOptions> = {},
): Promise<ScriptedService> {
  const waits: string[] = [];
  let next = 0;
  const server = await messagesApiServer({
    ...serverOptions,
    respond: (request) => {
      const reply = replies[next++];
      if (reply === undefined) throw new Error('the script has ended');
      return typeof reply === 'function' ? reply(request) : reply;
    },
  });
  onTestFinished(() => server.close());
  const again = (more: ClaudeAgentOptions = {}): Agent =>
    claudeAgent({
      ...{ apiKey: MESSAGES_API_KEY, baseUrl: server.url, retryDelayMs: 1, onWait: (line) => void waits.push(line) },
      ...options,
      ...more,
    });
  return { server, agent: again(), waits, again };
}

/** An answer of these calls, each as `[name, input]`; their ids are `<prefix>_0`, `<prefix>_1`, … */
export function calls(prefix: string, ...made: readonly (readonly [string, unknown])[]): MessagesReply {
  return { content: made.map(([name, input], index): ReplyBlock => toolCall(`${prefix}_${index}`, name, input)) };
}

export function text(words: string): MessagesReply {
  return { content: [{ type: 'text', text: words }] };
}

export const RUN_GATE = (prefix: string): MessagesReply => calls(prefix, ['run_gate', {}]);
