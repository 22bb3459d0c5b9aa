import { TilewrightError } from '@tilewright/spec';
import { agentConformance, blocksOf, type MessagesRequest, textOf, toolCall, toolResultOf } from '@tilewright/testkit';
import { describe, expect, it } from 'vitest';
import { keptTranscript, observationOf } from '../__fixtures__/observations.ts';
import { calls, RUN_GATE, type ScriptedReply, scriptedService, text } from '../__fixtures__/scripted-service.ts';

const EDIT = {
  kind: 'set-residency',
  section: 'prefill',
  buffer: 'attention_residual',
  residency: 'device',
  role: 'intermediate',
};

function bodies(server: {
  readonly requests: readonly { readonly body: MessagesRequest | null }[];
}): MessagesRequest[] {
  return server.requests.map(({ body }) => body as MessagesRequest);
}

describe('a decision', () => {
  it('is a call of a tool, after as many looks as the model likes', async () => {
    const { agent, server } = await scriptedService([
      calls('looks', ['show_plan', {}], ['list_proposals', {}]),
      (request) => {
        expect(toolResultOf(request, 'looks_0')).toMatch(/attention_residual/);
        expect(toolResultOf(request, 'looks_1')).toMatch(/reuse:attention_residual/);
        return calls('choice', ['try_proposal', { proposal: 'reuse:attention_residual', reason: 'It saves a copy.' }]);
      },
    ]);
    expect(await agent.decide(observationOf(4))).toEqual({
      kind: 'try-proposal',
      proposal: 'reuse:attention_residual',
      reason: 'It saves a copy.',
    });
    expect(server.requests.map(({ status }) => status)).toEqual([200, 200]);
  });

  it('learns what came of it in the next turn, as the result of its call', async () => {
    const { agent } = await scriptedService([
      calls('first', ['show_profile', {}], ['run_gate', {}]),
      (request) => {
        expect(toolResultOf(request, 'first_1')).toMatch(/Phase 4.*runs the gate of phase 4/s);
        expect(request.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
        return calls('second', ['revert', { reason: 'It failed.' }]);
      },
    ]);
    await agent.decide(observationOf(4));
    await agent.decide(observationOf(4, { attempt: 1, steps: ['runs the gate of phase 4'] }));
  });

  it('begins another conversation in another phase', async () => {
    const { agent, server } = await scriptedService([RUN_GATE('a'), RUN_GATE('b')]);
    await agent.decide(observationOf(1));
    await agent.decide(observationOf(2));
    expect(bodies(server).map(({ messages }) => messages.length)).toEqual([1, 1]);
  });

  it('is the first of two in one answer; the other is told so', async () => {
    const { agent } = await scriptedService([
      calls('two', ['run_gate', {}], ['give_up', { reason: 'Enough.' }]),
      (request) => {
        expect(toolResultOf(request, 'two_1')).toMatch(/another decision came first/);
        return RUN_GATE('next');
      },
    ]);
    expect(await agent.decide(observationOf(4))).toEqual({ kind: 'run-gate' });
    await agent.decide(
      observationOf(4, { attempt: 1, situation: { ...observationOf(4).situation, phase: 4 }, instruction: 'again' }),
    );
  });

  it('is asked for with tools, skills and effort that do not change, and read from the cache', async () => {
    const { agent, server } = await scriptedService([calls('look', ['show_plan', {}]), RUN_GATE('a'), RUN_GATE('b')], {
      effort: 'high',
      model: 'claude-haiku-4-5',
      maxOutputTokens: 900,
    });
    const skills = [{ id: 'reuse', kind: 'optimization', description: 'Keeps buffers.', doc: 'BODY' } as const];
    const instruments = { skills, preview: async () => ({ kind: 'impossible', reason: 'not here' }) as const };
    const { usage, onUsage } = keptTranscript(4);
    await agent.decide(observationOf(4), { instruments, onUsage });
    await agent.decide(observationOf(5), { instruments, onUsage });
    const [first, second, third] = bodies(server);
    expect([second?.tools, second?.system]).toEqual([first?.tools, first?.system]);
    expect(first).toMatchObject({ max_tokens: 900, output_config: { effort: 'high' }, stream: true });
    expect(JSON.stringify(first?.system)).toMatch(/reuse.*Keeps buffers/);
    expect(JSON.stringify(first)).not.toMatch(/BODY/);
    expect(usage[0]?.cacheReadTokens).toBe(0);
    // The second request reads all of the first, the third (of another phase) still the tools and the guide.
    expect(usage[1]?.cacheReadTokens).toBe(usage[0]?.cacheWriteTokens);
    expect(usage[2]?.cacheReadTokens).toBeGreaterThan(1000);
    expect(third?.messages).toHaveLength(1);
  });

  it('costs what the prices say, and nobody knows what where there is none', async () => {
    const known = await scriptedService([{ ...(RUN_GATE('a') as object), outputTokens: 1000 } as never], {
      model: 'claude-sonnet-4-6',
    });
    const { usage, onUsage } = keptTranscript(4);
    await known.agent.decide(observationOf(4), { onUsage });
    const [one] = usage;
    expect(one?.costUsd).toBeCloseTo(
      ((one?.cacheWriteTokens ?? 0) * 3.75 + (one?.inputTokens ?? 0) * 3 + 15_000) / 1e6,
      12,
    );
    const unknown = await scriptedService([RUN_GATE('a')]);
    await unknown.agent.decide(observationOf(4), { onUsage });
    expect(usage[1]).toMatchObject({ requests: 1, costUsd: null });
  });

  it.each(agentConformance(async () => conforming(), { observations: 12, patience: 12 }))(
    'conforms: $name',
    ({ run }) => run(),
  );
});

it('keeps a long conversation within its context, with the thoughts that the service takes back', async () => {
  const looks = Array.from({ length: 40 }, (_, index): ScriptedReply => {
    const call = toolCall(`look${index}`, 'show_plan', { section: 'prefill', buffers: true });
    return { content: [{ type: 'thinking', thinking: `Thought ${index}.` }, call] };
  });
  const options = { maxContextTokens: 16_000, maxRequestsPerDecision: 60 };
  const { agent, server } = await scriptedService([...looks, RUN_GATE('end')], options);
  const { usage, onUsage } = keptTranscript(4);
  expect(await agent.decide(observationOf(4), { onUsage })).toEqual({ kind: 'run-gate' });
  // The service refuses thoughts before which anything has changed: none was.
  expect(server.requests.map(({ status }) => status)).toEqual(Array.from({ length: 41 }, () => 200));
  const lengths = bodies(server).map(({ messages }) => JSON.stringify(messages).length);
  const cuts = lengths.filter((length, index) => length < (lengths[index - 1] ?? 0)).length;
  expect(cuts).toBeGreaterThan(1);
  expect(cuts).toBeLessThan(10);
  expect(Math.max(...lengths)).toBeLessThan(40_000);
  // Between cuts each request reads all of the one before.
  const readsAll = usage.filter((one, index) => {
    const before = usage[index - 1];
    return before !== undefined && one.cacheReadTokens === before.cacheReadTokens + before.cacheWriteTokens;
  });
  expect(readsAll.length).toBeGreaterThanOrEqual(40 - cuts);
});

/** A model that runs the gate first, and gives up once it has failed. */
async function conforming() {
  const { agent } = await scriptedService(
    Array.from({ length: 20 }, (_, index) => (request: MessagesRequest) => {
      const last = request.messages.at(-1);
      const hasFailed = last !== undefined && /The gate says/.test(textOf(last));
      return calls(`call${index}`, hasFailed ? ['give_up', { reason: 'The gate fails.' }] : ['run_gate', {}]);
    }),
  );
  return agent;
}

describe('a mistake', () => {
  it('of input comes back to be mended', async () => {
    const { agent } = await scriptedService([
      calls('wrong', ['author_edits', { edits: [{ kind: 'set-residency', section: 'prefil' }], reason: '' }]),
      (request) => {
        expect(toolResultOf(request, 'wrong_0')).toMatch(/edits\[0\]|reason/);
        const result = blocksOf(request.messages.at(-1) as never).find(({ type }) => type === 'tool_result');
        expect(result?.is_error).toBe(true);
        return calls('mended', ['author_edits', { edits: [EDIT], reason: 'It stays.' }]);
      },
    ]);
    expect(await agent.decide(observationOf(4))).toMatchObject({ kind: 'author-edits', edits: [EDIT] });
  });

  it('of the name of a tool comes back with the names that there are', async () => {
    const { agent } = await scriptedService([
      calls('unknown', ['pass_the_gate', { gate: 4 }]),
      (request) => {
        expect(toolResultOf(request, 'unknown_0')).toMatch(/no tool pass_the_gate.*run_gate/s);
        return RUN_GATE('known');
      },
    ]);
    expect(await agent.decide(observationOf(4))).toEqual({ kind: 'run-gate' });
  });

  it('that is made for the third time ends the phase', async () => {
    const wrong = (prefix: string) => calls(prefix, ['show_proposal', { proposal: 'nonesuch' }]);
    const { agent, server } = await scriptedService([wrong('a'), wrong('b'), wrong('c')]);
    expect(await agent.decide(observationOf(4))).toMatchObject({
      kind: 'give-up',
      reason: expect.stringMatching(/same mistaken call/),
    });
    expect(server.requests).toHaveLength(3);
  });

  it('of calling nothing is pointed out twice, and then ends the phase', async () => {
    const { agent, server } = await scriptedService([text('I think.'), { content: [] }, text('I think again.')]);
    expect(await agent.decide(observationOf(4))).toMatchObject({ kind: 'give-up' });
    expect(textOf(bodies(server)[1]?.messages.at(-1) as never)).toMatch(/called no tool/);
    expect(server.requests).toHaveLength(3);
  });

  it('of not deciding ends with the requests that a decision may take', async () => {
    const looks = Array.from({ length: 6 }, (_, index) => calls(`look${index}`, ['show_plan', {}]));
    const { agent, server } = await scriptedService(looks, { maxRequestsPerDecision: 5 });
    expect(await agent.decide(observationOf(4))).toMatchObject({
      kind: 'give-up',
      reason: expect.stringMatching(/5 answers/),
    });
    expect(textOf(bodies(server)[4]?.messages.at(-1) as never)).toMatch(/after 1 more/);
  });
});

describe('an idea that is had again', () => {
  const idea = (prefix: string) => calls(prefix, ['author_edits', { edits: [EDIT], reason: `because of ${prefix}` }]);

  it('on the same plan is a mistake the second time, and the end the third', async () => {
    const { agent } = await scriptedService([
      idea('a'),
      idea('b'),
      (request) => {
        expect(toolResultOf(request, 'b_0')).toMatch(/exactly this before/);
        return RUN_GATE('c');
      },
      idea('d'),
    ]);
    expect(await agent.decide(observationOf(4))).toMatchObject({ kind: 'author-edits' });
    const later = (attempt: number) => observationOf(4, { attempt, steps: ['takes authored back: 3 % slower'] });
    expect(await agent.decide(later(1))).toEqual({ kind: 'run-gate' });
    expect(await agent.decide(later(2))).toMatchObject({
      kind: 'give-up',
      reason: expect.stringMatching(/third time.*author-edits/),
    });
  });

  it('is another on another plan', async () => {
    const { agent } = await scriptedService([idea('a'), idea('b')]);
    const other = observationOf(4).situation;
    await agent.decide(observationOf(4));
    const situation = { ...other, plan: { ...other.plan, prefillLength: 32 } };
    expect(await agent.decide(observationOf(4, { attempt: 1, situation }))).toMatchObject({ kind: 'author-edits' });
  });
});

describe('a budget', () => {
  it('is told, and shortens answers', async () => {
    const { agent, server } = await scriptedService([RUN_GATE('a')]);
    await agent.decide(observationOf(4), { remaining: { tokens: 20_000, attempts: 3, costUsd: 1, wallMs: 60_000 } });
    const [request] = bodies(server);
    expect(textOf(request?.messages[0] as never)).toMatch(/3 attempts.*20000 tokens.*\$1\.00.*60 s/);
    expect(request?.max_tokens).toBeLessThan(16_000);
  });

  it('that is used up asks nothing more', async () => {
    const { agent, server } = await scriptedService([calls('look', ['show_plan', {}]), RUN_GATE('never')]);
    expect(await agent.decide(observationOf(4), { remaining: { tokens: 100 } })).toMatchObject({ kind: 'give-up' });
    expect(server.requests).toHaveLength(0);
    const remaining = { tokens: 40_000 };
    const expensive = await scriptedService([
      { ...(calls('look', ['show_plan', {}]) as object), outputTokens: 39_000 } as never,
    ]);
    expect(await expensive.agent.decide(observationOf(4), { remaining })).toMatchObject({
      kind: 'give-up',
      reason: expect.stringMatching(/budget/),
    });
  });
});

describe('an interrupted run', () => {
  it('goes on with its conversation', async () => {
    const { again } = await scriptedService([
      calls('look', ['show_plan', {}]),
      calls('choice', ['show_profile', {}], ['run_gate', {}]),
      (request) => {
        expect(request.messages).toHaveLength(5);
        expect(toolResultOf(request, 'look_0')).toMatch(/attention_residual/);
        expect(toolResultOf(request, 'choice_1')).toMatch(/interrupted after this decision.*Phase 4/s);
        return calls('later', ['revert', { reason: 'It failed.' }]);
      },
    ]);
    const { conversation, entries } = keptTranscript(4);
    await again().decide(observationOf(4), { conversation });
    const kept = JSON.parse(JSON.stringify(entries));
    const resumed = { entries: kept, append: async () => {} };
    expect(await again().decide(observationOf(4), { conversation: resumed })).toMatchObject({ kind: 'revert' });
  });

  it('goes on with another model, which is not shown the thoughts of the first', async () => {
    const thinking = { type: 'thinking', thinking: 'Let me see.' } as const;
    const { again, server } = await scriptedService([
      { content: [thinking, toolCall('look', 'show_plan', {})] },
      RUN_GATE('gate'),
      calls('later', ['revert', { reason: 'It failed.' }]),
    ]);
    const { conversation } = keptTranscript(4);
    await again().decide(observationOf(4), { conversation });
    await again({ model: 'another-model' }).decide(observationOf(4), { conversation });
    const sent = bodies(server).map(
      ({ model, messages }) => `${model} ${JSON.stringify(messages).includes('Let me see')}`,
    );
    expect(sent).toEqual(['claude-opus-5-5 false', 'claude-opus-5-5 true', 'another-model false']);
  });

  it('is told of looks that were not answered', async () => {
    const { again } = await scriptedService([
      calls('look', ['show_plan', {}]),
      RUN_GATE('gate'),
      (request) => {
        expect(toolResultOf(request, 'look_0')).toMatch(/interrupted before/);
        expect(textOf(request.messages.at(-1) as never)).toMatch(/goes on.*Phase 4/s);
        return RUN_GATE('other');
      },
    ]);
    const { conversation, entries } = keptTranscript(4);
    await again().decide(observationOf(4), { conversation });
    const cut = entries.slice(0, 2);
    expect(cut.at(-1)).toMatchObject({ message: { role: 'assistant' } });
    await again().decide(observationOf(4), { conversation: { entries: cut, append: async () => {} } });
  });

  it('keeps what was sent and received, word for word', async () => {
    const { agent, server } = await scriptedService([
      {
        content: [
          { type: 'thinking', thinking: 'Let me see.' },
          ...(calls('look', ['show_plan', {}]) as { content: [] }).content,
        ],
      },
      RUN_GATE('gate'),
    ]);
    const { conversation, entries } = keptTranscript(4);
    await agent.decide(observationOf(4), { conversation });
    const kept = entries.map((entry) => (entry as unknown as { message: { role: string; content: unknown } }).message);
    expect(kept.slice(0, 3).map(({ role, content }) => ({ role, content }))).toEqual(bodies(server)[1]?.messages);
  });
});

it('without a key rejects when it is asked, naming where the key comes from', async () => {
  const { again } = await scriptedService([], { apiKey: undefined });
  const error = await again()
    .decide(observationOf(4))
    .catch((thrown: unknown) => thrown);
  expect(TilewrightError.isInstance(error) && error.remedy).toMatch(/ANTHROPIC_API_KEY/);
});

it('refuses options that make no sense, by field', async () => {
  const { again } = await scriptedService([]);
  for (const options of [
    { maxOutputTokens: 0 },
    { effort: 'utmost' as never },
    { model: ' ' },
    { baseUrl: 'nowhere' },
    { maxRetries: -1 },
  ]) {
    const [field] = Object.keys(options);
    expect(() => again(options)).toThrow(
      expect.objectContaining({ code: 'config-invalid', details: expect.objectContaining({ field }) }),
    );
  }
});
