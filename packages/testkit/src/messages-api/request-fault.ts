import { blocksOf, type MessagesRequest, type WireBlock, type WireMessage, type WireTool } from './messages-request.ts';

const FIELDS: ReadonlySet<string> = new Set([
  ...['model', 'max_tokens', 'messages', 'system', 'tools', 'tool_choice', 'stream', 'thinking', 'output_config'],
  ...['cache_control', 'metadata', 'service_tier', 'stop_sequences', 'context_management', 'temperature'],
]);
const EFFORTS: ReadonlySet<unknown> = new Set(['low', 'medium', 'high', 'xhigh', 'max']);
const MOST_MARKERS = 4;

/**
 * What is wrong with the body of a request, in words like the service's own, or null. Stricter than the service in one
 * thing: two messages of one role in a row are a fault here, and joined there.
 */
export function requestFault(body: unknown): string | null {
  if (!isRecord(body)) return 'The request body is not valid JSON.';
  const extra = Object.keys(body).find((field) => !FIELDS.has(field));
  if (extra !== undefined) return `${extra}: Extra inputs are not permitted`;
  if (typeof body.model !== 'string' || body.model === '') return 'model: Field required';
  if (!Number.isSafeInteger(body.max_tokens) || (body.max_tokens as number) < 1)
    return 'max_tokens: Input should be greater than or equal to 1';
  const effort = isRecord(body.output_config) ? body.output_config.effort : undefined;
  if (effort !== undefined && !EFFORTS.has(effort))
    return "output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'";
  const request = body as unknown as MessagesRequest;
  return toolsFault(request.tools ?? []) ?? messagesFault(request.messages) ?? markersFault(request);
}

function toolsFault(tools: readonly WireTool[]): string | null {
  const names = new Set<string>();
  for (const [index, tool] of tools.entries()) {
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(tool.name))
      return `tools.${index}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`;
    if (names.has(tool.name)) return 'tools: Tool names must be unique.';
    names.add(tool.name);
    const fault = schemaFault(tool.input_schema);
    if (fault !== null) return `tools.${index}.custom.input_schema${fault}`;
  }
  return null;
}

function schemaFault(schema: unknown): string | null {
  if (!isRecord(schema)) return ': Field required';
  if (schema.type !== 'object') return ".type: Input should be 'object'";
  if (['oneOf', 'anyOf', 'allOf'].some((word) => word in schema))
    return ': input_schema does not support oneOf, allOf, or anyOf at the top level';
  return referenceFault(schema, schema);
}

/** Every `$ref` leads to a place in the same schema. */
function referenceFault(node: unknown, root: unknown): string | null {
  if (Array.isArray(node)) return firstFault(node.map((part) => () => referenceFault(part, root)));
  if (!isRecord(node)) return null;
  if (typeof node.$ref === 'string') {
    const found = node.$ref
      .replace(/^#\/?/, '')
      .split('/')
      .filter((part) => part !== '')
      .reduce<unknown>((at, part) => (isRecord(at) ? at[part] : undefined), root);
    if (!node.$ref.startsWith('#') || found === undefined) return `: PointerToNowhere: '${node.$ref}'`;
  }
  return firstFault(Object.values(node).map((part) => () => referenceFault(part, root)));
}

function messagesFault(messages: unknown): string | null {
  if (!Array.isArray(messages) || messages.length === 0) return 'messages: at least one message is required';
  const known: readonly WireMessage[] = messages;
  if (known[0]?.role !== 'user') return 'messages: first message must use the "user" role';
  const used = new Set<unknown>();
  for (const [index, message] of known.entries()) {
    if (message.role !== 'user' && message.role !== 'assistant')
      return `messages.${index}.role: Input should be 'user' or 'assistant'`;
    const before = known[index - 1];
    if (before?.role === message.role)
      return `messages: roles must alternate between "user" and "assistant", but found multiple "${message.role}" roles in a row`;
    const fault = contentFault(message, index) ?? pairingFault(before, message, index);
    if (fault !== null) return fault;
    for (const block of message.role === 'assistant' ? callsOf(message) : []) {
      if (used.has(block.id)) return `messages.${index}: \`tool_use\` ids must be unique`;
      used.add(block.id);
    }
  }
  const last = known.at(-1) as WireMessage;
  const [open] = last.role === 'assistant' ? callsOf(last) : [];
  return open === undefined ? null : unanswered([open], known.length - 1);
}

function contentFault(message: WireMessage, index: number): string | null {
  const blocks = blocksOf(message);
  if (blocks.length === 0) return `messages.${index}: all messages must have non-empty content`;
  if (blocks.some(({ type, text }) => type === 'text' && String(text).trim() === ''))
    return 'messages: text content blocks must be non-empty';
  const firstOther = blocks.findIndex(({ type }) => type !== 'tool_result');
  if (firstOther >= 0 && blocks.slice(firstOther).some(({ type }) => type === 'tool_result'))
    return `messages.${index}: \`tool_result\` blocks must come before other content`;
  if (message.role === 'assistant' && ['thinking', 'redacted_thinking'].includes(blocks.at(-1)?.type ?? ''))
    return `messages.${index}: The final block in an assistant message cannot be \`thinking\`.`;
  return null;
}

function pairingFault(before: WireMessage | undefined, message: WireMessage, index: number): string | null {
  if (message.role === 'assistant') return null;
  const calls = before === undefined ? [] : callsOf(before);
  const results = blocksOf(message).filter(({ type }) => type === 'tool_result');
  const missing = calls.filter(({ id }) => !results.some((result) => result.tool_use_id === id));
  if (missing.length > 0) return unanswered(missing, index - 1);
  const stray = results.find((result) => !calls.some(({ id }) => id === result.tool_use_id));
  if (stray !== undefined)
    return `messages.${index}.content: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray.tool_use_id}`;
  if (new Set(results.map((result) => result.tool_use_id)).size < results.length)
    return `messages.${index}.content: each tool_use must have a single result`;
  return null;
}

function unanswered(calls: readonly WireBlock[], index: number): string {
  const ids = calls.map(({ id }) => id).join(', ');
  return `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids}`;
}

function markersFault(request: MessagesRequest): string | null {
  const system = typeof request.system === 'string' ? [] : (request.system ?? []);
  const blocks = [...(request.tools ?? []), ...system, ...request.messages.flatMap(blocksOf)];
  const markers = blocks.filter(({ cache_control: marker }) => marker !== undefined && marker !== null).length;
  const found = markers + (request.cache_control ? 1 : 0);
  return found > MOST_MARKERS
    ? `A maximum of ${MOST_MARKERS} blocks with cache_control may be provided. Found ${found}.`
    : null;
}

function callsOf(message: WireMessage): readonly WireBlock[] {
  return message.role === 'assistant' ? blocksOf(message).filter(({ type }) => type === 'tool_use') : [];
}

function firstFault(checks: readonly (() => string | null)[]): string | null {
  for (const check of checks) {
    const fault = check();
    if (fault !== null) return fault;
  }
  return null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
