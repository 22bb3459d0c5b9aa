import type {
  BetaContentBlockParam,
  BetaMessage,
  BetaTextBlockParam,
  BetaToolResultBlockParam,
  BetaToolUseBlock,
} from '@anthropic-ai/sdk/resources/beta/messages/messages';
import type { Json, TranscriptEntry } from '@tilewright/spec';

/** What we say: results of the model's calls, then text. */
export type UserBlock = BetaToolResultBlockParam | BetaTextBlockParam;

/** One message of a conversation, as sent or received. */
export type ConversationItem =
  | { readonly role: 'user'; readonly content: readonly UserBlock[] }
  | AnswerItem
  /** What was said before is not sent any more: it had become too long. */
  | { readonly role: 'restart' };

/** An answer of the service, as received. */
export interface AnswerItem extends Pick<BetaMessage, 'role' | 'content' | 'stop_reason' | 'model' | 'id' | 'usage'> {
  /** The model as it was asked for; what answers may have a longer name. */
  readonly askedModel: string;
}

/** The items among what a transcript holds of a phase; what another agent wrote there is passed over. */
export function itemsOf(entries: readonly TranscriptEntry[]): ConversationItem[] {
  return entries.flatMap((entry) => {
    const message = entry.kind === 'message' ? (entry.message as { readonly [name: string]: Json } | null) : null;
    return isItem(message) ? [message as unknown as ConversationItem] : [];
  });
}

function isItem(message: unknown): boolean {
  if (typeof message !== 'object' || message === null || !('role' in message)) return false;
  const { role } = message;
  if (role === 'assistant' && !('stop_reason' in message)) return false;
  return (
    role === 'restart' ||
    ((role === 'user' || role === 'assistant') && 'content' in message && Array.isArray(message.content))
  );
}

/** The calls of tools in an answer. */
export function callsIn(content: readonly { readonly type: string }[]): readonly BetaToolUseBlock[] {
  return content.filter((block): block is BetaToolUseBlock => block.type === 'tool_use');
}

/**
 * What of an answer is sent to a model again, or null for nothing. The service takes back neither a refused answer nor an
 * empty one, nor thoughts at the end of one that was cut off, nor those of another model.
 */
export function keptContent(
  { content, stop_reason, askedModel }: AnswerItem,
  model: string,
): readonly BetaContentBlockParam[] | null {
  if (stop_reason === 'refusal') return null;
  const isThought = (type: string): boolean => type === 'thinking' || type === 'redacted_thinking';
  const own = content.filter(({ type }) => askedModel === model || !isThought(type));
  const kept = own.filter(
    ({ type, ...block }) => type !== 'text' || String((block as { text?: string }).text).trim() !== '',
  );
  while (isThought(kept.at(-1)?.type ?? '')) kept.pop();
  return kept.length === 0 ? null : (kept as unknown as readonly BetaContentBlockParam[]);
}
