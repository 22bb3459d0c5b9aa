import { errorReply, type MessagesReply, type ReplyBlock } from './messages-reply.ts';
import { blocksOf, type MessagesRequest, type WireBlock } from './messages-request.ts';

/** One answer of a recorded session, and after which one it came. */
export interface RecordedExchange {
  /** The id of a call in the answer before, of the same conversation; null for the first of a conversation. */
  readonly after: string | null;
  readonly reply: Extract<MessagesReply, { readonly content: readonly unknown[] }>;
}

export interface Recording {
  /** Where it is from, for whoever reads the file. */
  readonly provenance: string;
  readonly exchanges: readonly RecordedExchange[];
}

/** JSON lines: the provenance, then an exchange each. */
export function recordingText({ provenance, exchanges }: Recording): string {
  return [{ provenance }, ...exchanges].map((line) => `${JSON.stringify(line)}\n`).join('');
}

export function parseRecording(text: string): Recording {
  const [first, ...lines] = text.split('\n').filter((line) => line !== '');
  const { provenance } = JSON.parse(first ?? '{}') as { provenance: string };
  return { provenance, exchanges: lines.map((line) => JSON.parse(line) as RecordedExchange) };
}

/** The call that a request's conversation came to last; null where it begins. */
export function lastCall({ messages }: MessagesRequest): string | null {
  const calls = messages.flatMap((message): readonly WireBlock[] =>
    message.role === 'assistant' ? blocksOf(message).filter(({ type }) => type === 'tool_use') : [],
  );
  return (calls.at(-1)?.id as string | undefined) ?? null;
}

/**
 * Answers as recorded. A request is known by the last call in its conversation, so that one that was interrupted gets the
 * same answer when it is sent again; conversations begin in the recorded order, and one begins again if its first message
 * comes again.
 */
export function recordingPlayer({ exchanges }: Recording): (request: MessagesRequest) => MessagesReply {
  const beginnings = exchanges.filter(({ after }) => after === null);
  const begun: string[] = [];
  return (request) => {
    const after = lastCall(request);
    if (after !== null) {
      const exchange = exchanges.find((one) => one.after === after);
      return exchange?.reply ?? unrecorded(`nothing was recorded after the call ${after}`);
    }
    const [first] = request.messages;
    const text = JSON.stringify(first);
    const known = begun.indexOf(text);
    const index = known >= 0 ? known : begun.push(text) - 1;
    return beginnings[index]?.reply ?? unrecorded(`the recording has ${beginnings.length} conversations`);
  };
}

/** Keeps what a model answers, for a recording. */
export function recorder(
  respond: (request: MessagesRequest, index: number) => MessagesReply | Promise<MessagesReply>,
): { readonly respond: typeof respond; readonly exchanges: readonly RecordedExchange[] } {
  const exchanges: RecordedExchange[] = [];
  return {
    exchanges,
    respond: async (request, index) => {
      const reply = await respond(request, index);
      if (typeof reply === 'object' && 'content' in reply) exchanges.push({ after: lastCall(request), reply });
      return reply;
    },
  };
}

function unrecorded(why: string): MessagesReply {
  return errorReply(400, 'invalid_request_error', `The recorded session does not go on: ${why}.`);
}

/** A call of a tool, as a scripted model makes it. */
export function toolCall(id: string, name: string, input: unknown): ReplyBlock {
  return { type: 'tool_use', id, name, input };
}
