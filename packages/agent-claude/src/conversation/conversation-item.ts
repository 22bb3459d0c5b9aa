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
export type AnswerItem = Pick<BetaMessage, 'role' | 'content' | 'stop_reason' | 'model' | 'id' | 'usage'>;

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
 * What of an answer is sent again, or null for nothing. The service takes back neither a refused answer nor an empty one,
 * nor thoughts at the end of one that was cut off.
 */
export function keptContent({ content, stop_reason }: AnswerItem): readonly BetaContentBlockParam[] | null {
  if (stop_reason === 'refusal') return null;
  const kept = content.filter(
    ({ type, ...block }) => type !== 'text' || String((block as { text?: string }).text).trim() !== '',
  );
  while (['thinking', 'redacted_thinking'].includes(kept.at(-1)?.type ?? '')) kept.pop();
  return kept.length === 0 ? null : (kept as unknown as readonly BetaContentBlockParam[]);
}
