/** A content block on the wire, of a request or of an answer: what the server does not look at stays as it is. */
export interface WireBlock {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface WireMessage {
  readonly role: 'user' | 'assistant';
  readonly content: string | readonly WireBlock[];
}

export interface WireTool {
  readonly name: string;
  readonly description?: string;
  readonly input_schema: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** The body of `POST /v1/messages`. */
export interface MessagesRequest {
  readonly model: string;
  readonly max_tokens: number;
  readonly messages: readonly WireMessage[];
  readonly system?: string | readonly WireBlock[];
  readonly tools?: readonly WireTool[];
  readonly stream?: boolean;
  readonly [field: string]: unknown;
}

/** The content of a message as blocks: a string is short for one block of text. */
export function blocksOf({ content }: WireMessage): readonly WireBlock[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

/** The text of a message, tool results included, for a scripted model that reads it. */
export function textOf(message: WireMessage): string {
  return blocksOf(message).map(blockText).join('\n');
}

function blockText(block: WireBlock): string {
  if (block.type === 'text') return String(block.text);
  if (block.type !== 'tool_result') return '';
  const { content } = block;
  return typeof content === 'string' ? content : ((content ?? []) as readonly WireBlock[]).map(blockText).join('\n');
}

/** The result of one tool call, from the last message that has one; undefined where it was not answered. */
export function toolResultOf({ messages }: MessagesRequest, toolUseId: string): string | undefined {
  for (const message of messages.toReversed()) {
    const result = blocksOf(message).find((block) => block.type === 'tool_result' && block.tool_use_id === toolUseId);
    if (result !== undefined) return blockText(result);
  }
  return undefined;
}
