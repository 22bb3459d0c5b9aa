import { once } from 'node:events';
import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { TilewrightError } from '@tilewright/spec';
import {
  type Break,
  errorReply,
  MESSAGES_API_KEY,
  type MessagesReply,
  textOf,
  toolResultOf,
} from '@tilewright/testkit';
import { describe, expect, it, vi } from 'vitest';
import { keptTranscript, observationOf } from '../__fixtures__/observations.ts';
import { calls, RUN_GATE, scriptedService } from '../__fixtures__/scripted-service.ts';
import { claudeAgent } from '../agent/claude-agent.ts';

const OVERLOADED = errorReply(529, 'overloaded_error', 'Overloaded');
const broken = (how: Break, afterEvents = 6): MessagesReply => ({
  ...(calls('lost', ['author_edits', { edits: [], reason: 'This never comes to its end, and must not count.' }]) as {
    content: [];
  }),
  breaks: { afterEvents, how },
});

async function thrownBy(promise: Promise<unknown>): Promise<TilewrightError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!TilewrightError.isInstance(error)) throw new Error(`not a TilewrightError: ${inspect(error)}`);
  return error;
}

describe('what passes', () => {
  it('by 429 is waited for, as long as the service asks', async () => {
    const limited = errorReply(429, 'rate_limit_error', 'Slow down.', { 'retry-after': '1' });
    const { agent, waits } = await scriptedService([limited, RUN_GATE('a')]);
    const began = performance.now();
    expect(await agent.decide(observationOf(4))).toEqual({ kind: 'run-gate' });
    expect(performance.now() - began).toBeGreaterThan(990);
    expect(waits).toEqual([expect.stringMatching(/429 rate_limit_error: Slow down; asked again in 1 s/)]);
  });

  it.each<[string, MessagesReply]>([
    ['529', OVERLOADED],
    ['500', errorReply(500, 'api_error', 'Internal server error')],
    ['503 that is no JSON', errorReply(503, '', '')],
    ['a connection that is closed before an answer', 'hang-up'],
    ['a stream that drops', broken('drop')],
    ['a stream that drops before its first event', broken('drop', 0)],
    ['a stream that ends in the middle', broken('end')],
    ['a stream that ends before its last event', broken('end', 12)],
    ['an event that is no JSON', broken('malformed')],
    ['an error within the stream', broken('overloaded')],
  ])('is asked again: %s', async (_what, fault) => {
    const { agent, server } = await scriptedService([fault, fault, RUN_GATE('a')]);
    const { conversation, entries, usage, onUsage } = keptTranscript(4);
    expect(await agent.decide(observationOf(4), { conversation, onUsage })).toEqual({ kind: 'run-gate' });
    expect(server.requests).toHaveLength(3);
    // Nothing of what broke off is part of the conversation; what it cost is counted.
    expect(entries).toHaveLength(2);
    expect(JSON.stringify(entries)).not.toMatch(/lost_0/);
    const begun = typeof fault === 'object' && 'breaks' in fault && (fault.breaks?.afterEvents ?? 0) > 0;
    expect(usage).toHaveLength(begun ? 3 : 1);
  });

  it('and passes no more ends the run, which the same command takes up', async () => {
    const { agent, server } = await scriptedService(
      Array.from({ length: 10 }, () => OVERLOADED),
      { maxRetries: 3 },
    );
    const error = await thrownBy(agent.decide(observationOf(4)));
    expect(error).toMatchObject({
      code: 'agent-failed',
      remedy: expect.stringMatching(/same command.*goes on from here/),
    });
    expect(error.message).toMatch(/4 tries.*Overloaded/);
    expect(server.requests).toHaveLength(4);
  });

  it('but only after longer than anybody waits ends the run at once', async () => {
    const limited = errorReply(429, 'rate_limit_error', 'Tomorrow.', { 'retry-after': '86400' });
    const { agent } = await scriptedService([limited]);
    expect(await thrownBy(agent.decide(observationOf(4)))).toMatchObject({ code: 'agent-failed' });
  });

  it('is no longer waited for than the budget allows', async () => {
    const limited = errorReply(429, 'rate_limit_error', 'Slow down.', { 'retry-after': '300' });
    const { agent } = await scriptedService([limited]);
    expect(await agent.decide(observationOf(4), { remaining: { wallMs: 60 } })).toMatchObject({ kind: 'give-up' });
  });

  it('does not where nobody listens', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as { port: number };
    await new Promise((resolve) => probe.close(resolve));
    const agent = claudeAgent({
      apiKey: MESSAGES_API_KEY,
      baseUrl: `http://127.0.0.1:${port}`,
      maxRetries: 2,
      retryDelayMs: 1,
    });
    const error = await thrownBy(agent.decide(observationOf(4)));
    expect(error.message).toMatch(/3 tries.*ECONNREFUSED/);
    expect(error.remedy).toMatch(/goes on from here/);
  });
});

describe('what does not pass', () => {
  it('is a key that the service does not accept', async () => {
    const { again, server } = await scriptedService([]);
    const error = await thrownBy(again({ apiKey: 'sk-ant-wrong-key-000000000' }).decide(observationOf(4)));
    expect(error).toMatchObject({ code: 'agent-failed', remedy: expect.stringMatching(/ANTHROPIC_API_KEY/) });
    expect(server.requests).toHaveLength(1);
  });

  it.each<[number, string, RegExp]>([
    [403, 'permission_error', /ANTHROPIC_API_KEY/],
    [402, 'billing_error', /credit/],
    [400, 'invalid_request_error', /--agent-effort/],
  ])('is %s', async (status, type, remedy) => {
    const { agent, server } = await scriptedService([errorReply(status, type, 'This is not for you.')]);
    expect(await thrownBy(agent.decide(observationOf(4)))).toMatchObject({
      code: 'agent-failed',
      message: expect.stringMatching(/This is not for you/),
      remedy: expect.stringMatching(remedy),
      details: { status, type },
    });
    expect(server.requests).toHaveLength(1);
  });

  it('is a model that there is not', async () => {
    const { agent } = await scriptedService([], { model: 'claude-nonesuch' }, { models: ['claude-opus-5-5'] });
    const error = await thrownBy(agent.decide(observationOf(4)));
    expect(error.message).toMatch(/claude-nonesuch/);
    expect(error.remedy).toMatch(/--agent-model/);
  });

  it('is a prompt that is too long even by itself', async () => {
    const { agent, server } = await scriptedService([], {}, { contextTokens: 2000 });
    const error = await thrownBy(agent.decide(observationOf(4)));
    expect(error).toMatchObject({ code: 'agent-failed', remedy: expect.stringMatching(/larger context/) });
    expect(server.requests).toHaveLength(2);
  });
});

describe('an answer', () => {
  it('that has no room in the context begins the conversation again', async () => {
    const full: MessagesReply = {
      content: [{ type: 'text', text: 'And th' }],
      stopReason: 'model_context_window_exceeded',
    };
    const { agent, server } = await scriptedService([calls('look', ['show_plan', {}]), full, RUN_GATE('a')]);
    const { conversation, entries } = keptTranscript(4);
    expect(await agent.decide(observationOf(4), { conversation })).toEqual({ kind: 'run-gate' });
    expect(server.requests[2]?.body?.messages).toHaveLength(1);
    expect(JSON.stringify(entries)).toMatch(/"restart"/);
  });

  it('that is cut off in the middle of a call makes no call', async () => {
    const cut: MessagesReply = {
      content: [
        { type: 'text', text: 'I write a kernel.' },
        { type: 'cut_tool_use', id: 'cut_0', name: 'author_edits', json: '{"edits": [{"kind": "set-resid' },
      ],
      stopReason: 'max_tokens',
    };
    const { agent } = await scriptedService([
      cut,
      (request) => {
        expect(toolResultOf(request, 'cut_0')).toMatch(/cut off at its limit/);
        return RUN_GATE('a');
      },
    ]);
    expect(await agent.decide(observationOf(4))).toEqual({ kind: 'run-gate' });
  });

  it('that is cut off in the middle of a thought is left out', async () => {
    const cut: MessagesReply = { content: [{ type: 'thinking', thinking: 'If one' }], stopReason: 'max_tokens' };
    const { agent, server } = await scriptedService([cut, RUN_GATE('a')]);
    expect(await agent.decide(observationOf(4))).toEqual({ kind: 'run-gate' });
    expect(server.requests[1]?.body?.messages.map(({ role }) => role)).toEqual(['user']);
    expect(textOf(server.requests[1]?.body?.messages[0] as never)).toMatch(/cut off/);
  });

  it('that is always cut off ends the phase', async () => {
    const cut: MessagesReply = { content: [{ type: 'text', text: 'Once upon' }], stopReason: 'max_tokens' };
    const { agent } = await scriptedService([cut, cut, cut]);
    expect(await agent.decide(observationOf(4))).toMatchObject({ kind: 'give-up' });
  });

  it('that is withheld is asked for once more, without what was withheld', async () => {
    const refused: MessagesReply = {
      content: [{ type: 'text', text: 'I cannot' }],
      stopReason: 'refusal',
      refusal: { category: 'frontier_llm', explanation: 'A model of models.' },
    };
    const { agent, server } = await scriptedService([refused, RUN_GATE('a')]);
    expect(await agent.decide(observationOf(4))).toEqual({ kind: 'run-gate' });
    expect(JSON.stringify(server.requests[1]?.body?.messages)).not.toMatch(/I cannot/);
    const stubborn = await scriptedService([refused, refused]);
    expect(await stubborn.agent.decide(observationOf(4))).toEqual({
      kind: 'give-up',
      reason: 'The model refused: frontier_llm: A model of models.',
    });
  });

  it('that pauses is gone on with', async () => {
    const paused: MessagesReply = { content: [{ type: 'text', text: 'A moment.' }], stopReason: 'pause_turn' };
    const { agent, server } = await scriptedService([paused, RUN_GATE('a')]);
    expect(await agent.decide(observationOf(4))).toEqual({ kind: 'run-gate' });
    expect(server.requests[1]?.body?.messages.at(-1)).toMatchObject({ role: 'assistant' });
  });
});

describe('a cancelled decision', () => {
  it('in the middle of a stream rejects, and closes the connection', async () => {
    const { agent, server } = await scriptedService([broken('stall')]);
    const controller = new AbortController();
    const decision = agent.decide(observationOf(4), { signal: controller.signal });
    await vi.waitFor(() => expect(server.requests[0]?.status).toBe(200));
    controller.abort(new Error('Ctrl-C'));
    expect(await thrownBy(decision)).toMatchObject({ code: 'aborted' });
    await vi.waitFor(() => expect(server.requests[0]?.closedEarly).toBe(true));
  });

  it('during a wait rejects at once', async () => {
    const limited = errorReply(429, 'rate_limit_error', 'Slow down.', { 'retry-after': '300' });
    const { agent, waits } = await scriptedService([limited]);
    const controller = new AbortController();
    const decision = agent.decide(observationOf(4), { signal: controller.signal });
    await vi.waitFor(() => expect(waits).toHaveLength(1));
    controller.abort();
    expect(await thrownBy(decision)).toMatchObject({ code: 'aborted' });
  });

  it('during a look rejects', async () => {
    const { agent } = await scriptedService([
      calls('look', [
        'preview_edits',
        {
          edits: [
            {
              kind: 'set-residency',
              section: 'prefill',
              buffer: 'attention_residual',
              residency: 'device',
              role: 'intermediate',
            },
          ],
        },
      ]),
    ]);
    const controller = new AbortController();
    const instruments = {
      skills: [],
      preview: async () => {
        controller.abort();
        throw new TilewrightError('aborted', 'The work was cancelled.', 'Run it again.');
      },
    };
    const decision = agent.decide(observationOf(4), { signal: controller.signal, instruments });
    expect(await thrownBy(decision)).toMatchObject({ code: 'aborted' });
  });
});

describe('the key', () => {
  const parrot = (status: number): MessagesReply =>
    errorReply(status, 'authentication_error', `Not with ${MESSAGES_API_KEY}, nor Bearer ${MESSAGES_API_KEY}.`);

  it.each([
    ['is refused', parrot(401)],
    ['is not allowed', parrot(403)],
    ['meets a service that fails', parrot(500)],
    ['meets a stream that drops', broken('drop')],
    ['meets a stream that makes no sense', broken('malformed')],
    ['is repeated by the model', calls('parrot', ['give_up', { reason: `My key is ${MESSAGES_API_KEY}.` }])],
  ])('is nowhere to be found where it %s', async (_what, reply) => {
    const written: unknown[] = [];
    const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation((...words: unknown[]) => void written.push(words)),
    );
    const { agent, waits } = await scriptedService([reply, reply, reply], { maxRetries: 2 });
    const { conversation, entries, onUsage, usage } = keptTranscript(4);
    const outcome: unknown = await agent
      .decide(observationOf(4), { conversation, onUsage })
      .catch((error: unknown) => error);
    for (const spy of spies) spy.mockRestore();
    const everything = inspect([outcome, written, waits, entries, usage, agent], {
      ...{ depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null },
    });
    expect(written).toEqual([]);
    expect(everything).toMatch(/agent-failed|give-up/);
    expect(everything).not.toContain(MESSAGES_API_KEY);
  });
});
