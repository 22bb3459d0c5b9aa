import { describe, expect, it, onTestFinished } from 'vitest';
import { MESSAGES_API_KEY, type MessagesApiOptions, messagesApiServer } from './messages-api-server.ts';
import { errorReply, type MessagesReply } from './messages-reply.ts';
import { parseRecording, recorder, recordingPlayer, recordingText, toolCall } from './recording.ts';

const HEADERS = { 'x-api-key': MESSAGES_API_KEY, 'anthropic-version': '2023-06-01' };
const TOOL = { name: 'look', input_schema: { type: 'object', properties: {} } };
const user = (text: string) => ({ role: 'user', content: text }) as const;
const calling = (id: string) =>
  ({ role: 'assistant', content: [{ type: 'tool_use', id, name: 'look', input: {} }] }) as const;
const answering = (...ids: string[]) =>
  ({ role: 'user', content: ids.map((id) => ({ type: 'tool_result', tool_use_id: id, content: 'seen' })) }) as const;
const HELLO: MessagesReply = { content: [{ type: 'text', text: 'Hello.' }] };

async function service(reply: MessagesReply, options: Partial<MessagesApiOptions> = {}) {
  const server = await messagesApiServer({ ...options, respond: () => reply });
  onTestFinished(() => server.close());
  const ask = (body: unknown, headers: Record<string, string> = HEADERS, path = '/v1/messages?beta=true') =>
    fetch(server.url + path, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
  return { server, ask };
}

const body = (changes: object = {}): object => ({ model: 'm', max_tokens: 10, messages: [user('Hi.')], ...changes });

// biome-ignore lint/suspicious/noExplicitAny: what a server answers, looked at with expect
const answerOf = async (response: Promise<Response>): Promise<any> => (await response).json();

describe('a request', () => {
  it.each<[string, unknown, RegExp]>([
    ['no JSON', '{"model"', /valid JSON/],
    ['no model', body({ model: undefined }), /model: Field required/],
    ['no tokens', body({ max_tokens: 0 }), /max_tokens/],
    ['a field that there is not', body({ temprature: 1 }), /temprature: Extra inputs/],
    ['an effort that there is not', body({ output_config: { effort: 'utmost' } }), /output_config\.effort/],
    ['no message', body({ messages: [] }), /at least one message/],
    ['the model first', body({ messages: [calling('a'), answering('a')] }), /first message/],
    ['two users in a row', body({ messages: [user('a'), user('b')] }), /roles must alternate/],
    ['an empty message', body({ messages: [{ role: 'user', content: [] }] }), /non-empty content/],
    ['an empty text', body({ messages: [{ role: 'user', content: [{ type: 'text', text: ' ' }] }] }), /non-empty/],
    ['a prefill', body({ messages: [user('a'), { role: 'assistant', content: 'b' }] }), /prefill/],
    [
      'a call without result',
      body({ messages: [user('a'), calling('x'), user('b')] }),
      /`tool_use` ids were found without.*x/,
    ],
    ['a call at the end', body({ messages: [user('a'), calling('x')] }), /without `tool_result`/],
    [
      'a result without call',
      body({ messages: [user('a'), calling('x'), answering('x', 'y')] }),
      /unexpected `tool_use_id`.*y/,
    ],
    ['two results of a call', body({ messages: [user('a'), calling('x'), answering('x', 'x')] }), /single result/],
    [
      'a call twice',
      body({ messages: [user('a'), calling('x'), answering('x'), calling('x'), answering('x')] }),
      /must be unique/,
    ],
    [
      'text before results',
      body({
        messages: [
          user('a'),
          calling('x'),
          { role: 'user', content: [{ type: 'text', text: 'b' }, answering('x').content[0]] },
        ],
      }),
      /must come before/,
    ],
    [
      'thoughts at the end',
      body({
        messages: [user('a'), { role: 'assistant', content: [{ type: 'thinking', thinking: 'b', signature: '' }] }],
      }),
      /final block/,
    ],
    [
      'thoughts of another conversation',
      body({
        messages: [
          user('a'),
          {
            role: 'assistant',
            content: [
              { type: 'thinking', thinking: 'b', signature: 'c' },
              { type: 'text', text: 'd' },
            ],
          },
          user('e'),
        ],
      }),
      /cannot be modified/,
    ],
    ['a tool with a space', body({ tools: [{ ...TOOL, name: 'a b' }] }), /tools\.0\.custom\.name/],
    ['a tool twice', body({ tools: [TOOL, TOOL] }), /unique/],
    ['a tool that takes text', body({ tools: [{ ...TOOL, input_schema: { type: 'string' } }] }), /'object'/],
    [
      'a tool that takes one of several',
      body({ tools: [{ ...TOOL, input_schema: { type: 'object', anyOf: [] } }] }),
      /anyOf/,
    ],
    [
      'a reference to nowhere',
      body({ tools: [{ ...TOOL, input_schema: { type: 'object', properties: { a: { $ref: '#/$defs/b' } } } }] }),
      /PointerToNowhere/,
    ],
    [
      'five cache markers',
      body({ system: Array.from({ length: 5 }, () => ({ type: 'text', text: 'a', cache_control: {} })) }),
      /maximum of 4.*Found 5/,
    ],
    ['a prompt too long', body({ messages: [user('a'.repeat(900_000))] }), /prompt is too long/],
  ])('with %s is refused', async (_what, request, message) => {
    const { ask, server } = await service(HELLO);
    const response = await ask(request);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', message: expect.stringMatching(message) },
    });
    expect(server.requests[0]?.status).toBe(400);
  });

  it.each<[string, Record<string, string>, number]>([
    ['no key', { 'anthropic-version': '2023-06-01' }, 401],
    ['another key', { ...HEADERS, 'x-api-key': 'other' }, 401],
    ['no version', { 'x-api-key': MESSAGES_API_KEY }, 400],
    ['a bearer token', { authorization: `Bearer ${MESSAGES_API_KEY}`, 'anthropic-version': '2023-06-01' }, 200],
  ])('with %s: %s', async (_what, headers, status) => {
    expect((await (await service(HELLO)).ask(body(), headers)).status).toBe(status);
  });

  it('for another path, or a model that there is not, is not found', async () => {
    const { ask } = await service(HELLO, { models: ['n'] });
    expect((await ask(body(), HEADERS, '/v1/complete')).status).toBe(404);
    expect(await (await ask(body())).json()).toMatchObject({ error: { type: 'not_found_error', message: 'model: m' } });
  });
});

describe('an answer', () => {
  const reply: MessagesReply = {
    content: [
      { type: 'text', text: 'Grüße 🙂 '.repeat(9) },
      toolCall('call', 'look', { text: 'ünïcödé 🙂', list: [1, 2, { deep: true }] }),
    ],
  };

  it('is the same as a stream as at once, in the order of the service', async () => {
    const { ask } = await service(reply);
    const whole = await answerOf(ask(body()));
    const text = await (await ask(body({ stream: true }))).text();
    const events = text
      .split('\n\n')
      .filter(Boolean)
      .map((event) => JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? '{}'));
    const kinds = events.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1]);
    expect(kinds).toEqual([
      ...['message_start', 'ping', 'content_block_start', 'content_block_delta', 'content_block_stop'],
      ...['content_block_start', 'content_block_delta', 'content_block_stop', 'message_delta', 'message_stop'],
    ]);
    const joined = (index: number, field: string): string =>
      events
        .flatMap((event) => (event.type === 'content_block_delta' && event.index === index ? [event.delta[field]] : []))
        .join('');
    expect(joined(0, 'text')).toBe(whole.content[0].text);
    expect(JSON.parse(joined(1, 'partial_json'))).toEqual(whole.content[1].input);
    expect(events.at(-2)).toMatchObject({
      delta: { stop_reason: 'tool_use' },
      usage: { output_tokens: whole.usage.output_tokens },
    });
    expect(whole).toMatchObject({
      role: 'assistant',
      stop_reason: 'tool_use',
      usage: { cache_creation_input_tokens: 0 },
    });
  });

  it('counts what the cache had', async () => {
    const { ask } = await service(HELLO);
    const system = [{ type: 'text', text: 'x'.repeat(400), cache_control: { type: 'ephemeral' } }];
    const usages = [];
    for (const messages of [[user('a')], [user('b')]])
      usages.push((await answerOf(ask(body({ system, messages })))).usage);
    expect(usages[0]).toMatchObject({ cache_read_input_tokens: 0 });
    expect(usages[1].cache_read_input_tokens).toBe(usages[0].cache_creation_input_tokens);
    expect(usages[1].cache_read_input_tokens).toBeGreaterThan(100);
  });

  it('may be an error with its headers', async () => {
    const { ask } = await service(errorReply(429, 'rate_limit_error', 'Slow down.', { 'retry-after': '3' }));
    const response = await ask(body());
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '3']);
  });

  it('may never come', async () => {
    const { ask } = await service('hang-up');
    await expect(ask(body())).rejects.toThrow();
  });
});

describe('a recording', () => {
  it('plays what was recorded, also where a request comes again', async () => {
    let count = 0;
    const { respond, exchanges } = recorder(() => ({ content: [toolCall(`call${count++}`, 'look', {})] }));
    const first = { model: 'm', max_tokens: 1, messages: [user('Begin.')] };
    const second = { ...first, messages: [...first.messages, calling('call0'), answering('call0')] };
    const other = { ...first, messages: [user('Another phase.')] };
    for (const request of [first, second, other]) await respond(request, 0);
    const play = recordingPlayer(parseRecording(recordingText({ provenance: 'scripted', exchanges })));
    const idOf = (reply: MessagesReply) =>
      typeof reply === 'object' && 'content' in reply ? (reply.content[0] as { id: string }).id : reply;
    expect([first, first, second, second, other].map((request) => idOf(play(request)))).toEqual([
      'call0',
      'call0',
      'call1',
      'call1',
      'call2',
    ]);
    expect(play({ ...first, messages: [user('A third.')] })).toMatchObject({
      status: 400,
      message: expect.stringMatching(/does not go on/),
    });
    expect(play({ ...first, messages: [user('a'), calling('unknown'), answering('unknown')] })).toMatchObject({
      status: 400,
    });
  });

  it('is served', async () => {
    const exchanges = [{ after: null, reply: { content: [toolCall('call', 'look', {})] } }];
    const server = await messagesApiServer({ recording: { provenance: 'scripted', exchanges } });
    onTestFinished(() => server.close());
    const response = await fetch(`${server.url}/v1/messages`, {
      ...{ method: 'POST', headers: HEADERS, body: JSON.stringify(body()) },
    });
    expect(await response.json()).toMatchObject({ content: [{ type: 'tool_use', id: 'call', name: 'look' }] });
  });
});
