import type { BetaMessageParam, BetaToolUseBlock } from '@anthropic-ai/sdk/resources/beta/messages/messages';
import type { Conversation, Json } from '@tilewright/spec';
import {
  type AnswerItem,
  type ConversationItem,
  callsIn,
  itemsOf,
  keptContent,
  type UserBlock,
} from './conversation-item.ts';

/** A conversation of one phase: what has been said, and where each new message is kept before it counts. */
export interface KeptConversation {
  /** As the service takes them: roles alternate. */
  readonly messages: () => BetaMessageParam[];
  /** Calls of the last answer that have no result yet. */
  readonly openCalls: () => readonly BetaToolUseBlock[];
  readonly say: (content: readonly UserBlock[]) => Promise<void>;
  readonly hear: (answer: Omit<AnswerItem, 'askedModel'>) => Promise<void>;
  /** Leaves out all that was said before. */
  readonly restart: () => Promise<void>;
}

/**
 * Goes on from what the transcript holds of the phase, with this model. `items` are used where nobody keeps a transcript. What is written goes
 * through `clean` first.
 */
export function keptConversation(
  transcript: Conversation | undefined,
  items: ConversationItem[],
  clean: (text: string) => string,
  model: string,
): KeptConversation {
  const known = transcript ? itemsOf(transcript.entries) : items;
  const add = async (item: ConversationItem): Promise<void> => {
    const cleaned = JSON.parse(clean(JSON.stringify(item))) as ConversationItem;
    await transcript?.append(cleaned as unknown as Json);
    known.push(cleaned);
  };
  return {
    messages: () => messagesOf(known, model),
    openCalls: () => openCalls(messagesOf(known, model)),
    say: (content) => add({ role: 'user', content }),
    hear: ({ id, role, model: answered, content, stop_reason, usage }) =>
      add({ id, role, model: answered, askedModel: model, content, stop_reason, usage }),
    restart: () => add({ role: 'restart' }),
  };
}

/** Messages of one role in a row are one: what we say may be said in two parts, and not every answer is sent again. */
function messagesOf(items: readonly ConversationItem[], model: string): BetaMessageParam[] {
  const start = items.findLastIndex(({ role }) => role === 'restart') + 1;
  const messages: { role: 'user' | 'assistant'; content: unknown[] }[] = [];
  for (const item of items.slice(start)) {
    if (item.role === 'restart') continue;
    const content = item.role === 'assistant' ? keptContent(item, model) : item.content;
    if (content === null) continue;
    const last = messages.at(-1);
    if (last?.role === item.role) last.content.push(...content);
    else messages.push({ role: item.role, content: [...content] });
  }
  return messages.map(resultsFirst) as BetaMessageParam[];
}

/** The service wants the results of calls before anything else that is said. */
function resultsFirst<M extends { readonly role: string; readonly content: unknown[] }>(message: M): M {
  const isResult = (block: unknown): boolean => (block as UserBlock).type === 'tool_result';
  const { content } = message;
  return { ...message, content: [...content.filter(isResult), ...content.filter((block) => !isResult(block))] };
}

function openCalls(messages: readonly BetaMessageParam[]): readonly BetaToolUseBlock[] {
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  if (last < 0) return [];
  const blocks = (message: BetaMessageParam | undefined): readonly { readonly type: string }[] =>
    (message?.content ?? []) as readonly { readonly type: string }[];
  const answered = new Set(
    blocks(messages[last + 1]).map((block) =>
      block.type === 'tool_result' ? (block as never as { tool_use_id: string }).tool_use_id : '',
    ),
  );
  return callsIn(blocks(messages[last])).filter(({ id }) => !answered.has(id));
}
