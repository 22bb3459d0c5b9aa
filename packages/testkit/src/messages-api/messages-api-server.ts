import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { errorReply, type MessagesReply, type StopReason } from './messages-reply.ts';
import { blocksOf, type MessagesRequest } from './messages-request.ts';
import { countTokens, type PromptTokens, promptCache, promptTokens } from './prompt-cache.ts';
import { type Recording, recordingPlayer } from './recording.ts';
import { requestFault } from './request-fault.ts';
import { streamEvents, type WireAnswer, wireBlock, wireUsage } from './stream-events.ts';
import { thinkingFault, thinkingSignature } from './thinking-signature.ts';

/** The only key that the server accepts, where no other is given; it is made up. */
export const MESSAGES_API_KEY = 'sk-ant-test-0123456789abcdefghijklmnopqrstuvwxyz';

/** What answers: a scripted model, or what was recorded of one. */
export type MessagesApiOptions = (
  | { readonly respond: (request: MessagesRequest, index: number) => MessagesReply | Promise<MessagesReply> }
  | { readonly recording: Recording }
) & {
  readonly apiKey?: string;
  /** Models that there are; default: any. */
  readonly models?: readonly string[];
  /** The longest prompt, in this server's rough count. Default: 200,000. */
  readonly contextTokens?: number;
};

export interface SeenRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As parsed; null where it is no JSON. */
  readonly body: MessagesRequest | null;
  /** The status of the answer; null where the connection broke before one. */
  status: number | null;
  /** The other side closed the connection before the answer was at its end. */
  closedEarly: boolean;
}

export interface MessagesApiServer {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  close(): Promise<void>;
}

/**
 * The Messages API on this machine: it checks what it is asked as the service does, answers at once or as a stream, and
 * breaks off as told. What it knows of the service is its published interface.
 */
export async function messagesApiServer(options: MessagesApiOptions): Promise<MessagesApiServer> {
  const requests: SeenRequest[] = [];
  const state: ServerState = {
    options,
    respond: 'respond' in options ? options.respond : recordingPlayer(options.recording),
    countPrompt: promptCache(),
    pausedTurns: new Set(),
    answered: 0,
  };
  const server: Server = createServer((request, response) => {
    void serve(request, response, requests, state);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface ServerState {
  readonly options: MessagesApiOptions;
  readonly respond: (request: MessagesRequest, index: number) => MessagesReply | Promise<MessagesReply>;
  readonly countPrompt: (request: MessagesRequest) => PromptTokens;
  /** Contents that the server itself left unfinished: only these may end a request. */
  readonly pausedTurns: Set<string>;
  answered: number;
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  requests: SeenRequest[],
  state: ServerState,
): Promise<void> {
  const body = parseBody(await readBody(request));
  const seen: SeenRequest = { headers: request.headers, body: body as never, status: null, closedEarly: false };
  requests.push(seen);
  response.on('close', () => {
    if (!response.writableFinished) seen.closedEarly = true;
  });
  const reply = refusal(request, body, state) ?? (await scripted(state, body as MessagesRequest));
  if (reply === 'hang-up') {
    response.destroy();
    return;
  }
  seen.status = 'status' in reply ? reply.status : 200;
  if ('status' in reply) {
    const { status, type, message, headers } = reply;
    response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_test', ...headers });
    response.end(JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_test' }));
    return;
  }
  await sendAnswer(response, body as MessagesRequest, reply, state);
}

/** A script that throws is a fault of the test: the answer says so, in place of a request that hangs. */
async function scripted(state: ServerState, body: MessagesRequest): Promise<MessagesReply> {
  try {
    return await state.respond(body, state.answered++);
  } catch (error) {
    return errorReply(400, 'invalid_request_error', `the scripted model failed: ${(error as Error).message}`);
  }
}

async function sendAnswer(
  response: ServerResponse,
  request: MessagesRequest,
  reply: Extract<MessagesReply, { readonly content: readonly unknown[] }>,
  state: ServerState,
): Promise<void> {
  const { content, breaks } = reply;
  const signature = thinkingSignature(request.messages);
  const hasCall = content.some(({ type }) => type === 'tool_use');
  const answer: WireAnswer = {
    id: `msg_test_${state.answered}`,
    type: 'message',
    role: 'assistant',
    model: request.model,
    content: content.map((block) => wireBlock(block, signature)),
    stop_reason: reply.stopReason ?? ((hasCall ? 'tool_use' : 'end_turn') satisfies StopReason),
    stop_sequence: null,
    stop_details: reply.refusal ? { type: 'refusal', ...reply.refusal } : null,
    usage: wireUsage(state.countPrompt(request), reply.outputTokens ?? countTokens(JSON.stringify(content))),
  };
  if (answer.stop_reason === 'pause_turn') state.pausedTurns.add(JSON.stringify(answer.content));
  if (request.stream !== true) {
    response.writeHead(200, { 'content-type': 'application/json', 'request-id': 'req_test' });
    response.end(JSON.stringify(answer));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'request-id': 'req_test' });
  const events = streamEvents(answer, content, signature);
  for (const { event, data } of events.slice(0, breaks?.afterEvents ?? events.length)) {
    await writeOddly(response, `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }
  switch (breaks?.how) {
    case 'drop':
      // What was written must have left before the connection goes.
      await delay(20);
      response.destroy();
      return;
    case 'malformed':
      response.end('event: content_block_delta\ndata: {"type":"content_block_delta","ind\n\n');
      return;
    case 'overloaded':
      response.end(
        `event: error\ndata: ${JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })}\n\n`,
      );
      return;
    case 'stall':
      return;
    default:
      response.end();
  }
}

/** In two pieces that split the event, and sometimes a character, in the middle. */
async function writeOddly(response: ServerResponse, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  const cut = Math.floor(bytes.length / 2) + 1;
  for (const piece of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
    if (response.destroyed) return;
    if (!response.write(piece))
      await new Promise<void>((resolve) => response.once('drain', resolve).once('close', resolve));
  }
}

/** What the service would refuse, before any model is asked; null where there is nothing. */
function refusal(request: IncomingMessage, body: unknown, { options, pausedTurns }: ServerState): MessagesReply | null {
  const { apiKey = MESSAGES_API_KEY, models, contextTokens = 200_000 } = options;
  const invalid = (message: string): MessagesReply => errorReply(400, 'invalid_request_error', message);
  if (request.method !== 'POST' || !/^\/v1\/messages(\?|$)/.test(request.url ?? ''))
    return errorReply(404, 'not_found_error', 'Not found');
  const { 'x-api-key': key, authorization, 'anthropic-version': version } = request.headers;
  if (key === undefined && authorization === undefined)
    return errorReply(401, 'authentication_error', 'x-api-key header is required');
  if (key !== apiKey && authorization !== `Bearer ${apiKey}`)
    return errorReply(401, 'authentication_error', 'invalid x-api-key');
  if (typeof version !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(version))
    return invalid('anthropic-version: header is required');
  const fault = requestFault(body);
  if (fault !== null) return invalid(fault);
  const { model, messages } = body as MessagesRequest;
  if (models && !models.includes(model)) return errorReply(404, 'not_found_error', `model: ${model}`);
  const last = messages.at(-1);
  if (last?.role === 'assistant' && !pausedTurns.has(JSON.stringify(blocksOf(last))))
    return invalid(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    );
  const bound = thinkingFault(messages);
  if (bound !== null) return invalid(bound);
  const tokens = promptTokens(body as MessagesRequest);
  return tokens > contextTokens ? invalid(`prompt is too long: ${tokens} tokens > ${contextTokens} maximum`) : null;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
