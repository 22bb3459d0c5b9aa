import type { ReplyBlock, StopReason } from './messages-reply.ts';
import type { PromptTokens } from './prompt-cache.ts';

/** An answer as the service would give it without streaming. */
export interface WireAnswer {
  readonly id: string;
  readonly type: 'message';
  readonly role: 'assistant';
  readonly model: string;
  readonly content: readonly Readonly<Record<string, unknown>>[];
  readonly stop_reason: StopReason;
  readonly stop_sequence: null;
  readonly stop_details: Readonly<Record<string, unknown>> | null;
  readonly usage: Readonly<Record<string, unknown>>;
}

/** One event of a stream, by its name. */
export interface StreamEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Lengths of the pieces in which text and JSON come: none of them falls where one would cut by hand. */
const PIECES = [1, 7, 3, 13, 2, 29];

export function wireUsage({ input, cacheWrite, cacheRead }: PromptTokens, outputTokens: number): WireAnswer['usage'] {
  return {
    input_tokens: input,
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    cache_creation: { ephemeral_5m_input_tokens: cacheWrite, ephemeral_1h_input_tokens: 0 },
    output_tokens: outputTokens,
    service_tier: 'standard',
  };
}

/** A block as an answer without streaming has it. `signature` is that of thoughts. */
export function wireBlock(block: ReplyBlock, signature: string): Readonly<Record<string, unknown>> {
  switch (block.type) {
    case 'thinking':
      return { ...block, signature };
    case 'cut_tool_use':
      return { type: 'tool_use', id: block.id, name: block.name, input: {} };
    default:
      return { ...block };
  }
}

/** The events of an answer, in the order of the service, with a `ping` among them. */
export function streamEvents(answer: WireAnswer, blocks: readonly ReplyBlock[], signature: string): StreamEvent[] {
  const named = (data: { readonly type: string; readonly [field: string]: unknown }): StreamEvent => ({
    event: data.type,
    data,
  });
  const { stop_reason, stop_sequence, stop_details, usage, ...start } = answer;
  const begun = { ...start, content: [], stop_reason: null, stop_sequence: null, stop_details: null };
  return [
    named({ type: 'message_start', message: { ...begun, usage: { ...usage, output_tokens: 1 } } }),
    named({ type: 'ping' }),
    ...blocks.flatMap((block, index) => [
      named({ type: 'content_block_start', index, content_block: emptyBlock(block) }),
      ...deltas(block, signature).map((delta) => named({ type: 'content_block_delta', index, delta })),
      named({ type: 'content_block_stop', index }),
    ]),
    named({
      type: 'message_delta',
      delta: { stop_reason, stop_sequence, stop_details },
      usage: { output_tokens: usage.output_tokens },
    }),
    named({ type: 'message_stop' }),
  ];
}

function emptyBlock(block: ReplyBlock): Readonly<Record<string, unknown>> {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: '' };
    case 'thinking':
      return { type: 'thinking', thinking: '', signature: '' };
    default:
      return { type: 'tool_use', id: block.id, name: block.name, input: {} };
  }
}

function deltas(block: ReplyBlock, signature: string): Readonly<Record<string, unknown>>[] {
  switch (block.type) {
    case 'text':
      return pieces(block.text).map((text) => ({ type: 'text_delta', text }));
    case 'thinking':
      return [
        ...pieces(block.thinking).map((thinking) => ({ type: 'thinking_delta', thinking })),
        { type: 'signature_delta', signature },
      ];
    case 'tool_use':
      return jsonDeltas(JSON.stringify(block.input));
    case 'cut_tool_use':
      return jsonDeltas(block.json);
  }
}

/** The service begins with an empty piece. */
function jsonDeltas(json: string): Readonly<Record<string, unknown>>[] {
  return ['', ...pieces(json)].map((partial) => ({ type: 'input_json_delta', partial_json: partial }));
}

function pieces(text: string): string[] {
  const parts: string[] = [];
  for (let at = 0, turn = 0; at < text.length; turn++) {
    // The longer a text, the longer its pieces: a kernel is not sent in ten thousand events.
    const length = (PIECES[turn % PIECES.length] as number) * (1 + Math.floor(text.length / 2000));
    parts.push(text.slice(at, at + length));
    at += length;
  }
  return parts;
}
