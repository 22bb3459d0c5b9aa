import { AGENT_TOOLS } from '@tilewright/agent-tools';
import type { Decision } from '@tilewright/spec';
import { smallObservation } from '@tilewright/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { type Connected, call, connected, WAYS, type Way } from '../__fixtures__/connected.ts';
import { accepted, scriptedService } from '../__fixtures__/scripted-service.ts';

let open: Connected | null = null;
afterEach(async () => {
  await open?.client.close();
  await open?.end();
  open = null;
});

/** A deployment that asks for decisions until the gate is run twice, and keeps them. */
async function guesting(way: Way): Promise<{ client: Connected['client']; job: string; decisions: Decision[] }> {
  const decisions: Decision[] = [];
  const service = await scriptedService(async (request, { agent, signal }) => {
    for (let attempt = 0; decisions.filter(({ kind }) => kind === 'run-gate').length < 2; attempt++) {
      const steps = decisions.map(({ kind }) => `came of ${kind}`);
      const seen = { ...smallObservation(1), attempt, steps };
      const instruments = {
        skills: [{ id: 'runtime-failure', kind: 'debug', description: 'When it hangs.', doc: '# Hangs' }] as const,
        preview: async () => ({ kind: 'impossible', reason: 'there is no such buffer' }) as const,
      };
      const decision = await agent?.decide(seen, { signal, instruments, remaining: { attempts: 3 } });
      if (decision) decisions.push(decision);
    }
    return accepted(request);
  });
  open = await connected(service, way);
  const { client } = open;
  const { data } = await call(client, 'start_deployment', { model: 'tiny', out: 'a', agent: 'guest', approve: 'all' });
  return { client, job: data.job, decisions };
}

describe.each(WAYS)('a client that decides, over $over, in the $era era', (way) => {
  it('sees, looks and decides, once for each observation', async () => {
    const { client, job, decisions } = await guesting(way);
    const first = await call(client, 'observe', { job, waitMs: 20_000, guide: true });
    expect(first.text).toContain('You bring a decoder-only language model onto a spatial NPU.');
    expect(first.text).toContain(`Observation 1 of ${job}. Phase 1: validate every kernel.`);
    expect(first.data).toMatchObject({
      state: { status: 'running', needs: 'decision' },
      observation: { number: 1, phase: 1, attempt: 0, steps: [], failure: null, remaining: { attempts: 3 } },
    });
    expect((await call(client, 'poll_job', { job, waitMs: 20_000 })).data).toMatchObject({
      needs: 'decision',
      observation: 1,
    });

    const plan = await call(client, 'show_plan', { job });
    expect(plan.data).toMatchObject({ job, observation: 1, view: expect.any(Object) });
    expect((await call(client, 'list_skills', { job })).data.skills).toMatchObject([{ name: 'runtime-failure' }]);
    expect((await call(client, 'read_skill', { job, skill: 'runtime-failure' })).isError).toBe(false);

    expect(await call(client, 'run_gate', { job, observation: 1 })).toMatchObject({
      isError: false,
      data: { job, observation: 1, decision: 'run-gate' },
    });
    const twice = await call(client, 'run_gate', { job, observation: 1 });
    expect(twice.isError).toBe(true);
    expect(twice.text).toMatch(/Observation 1 has been decided already|No observation of .* waits/);

    const second = await call(client, 'observe', { job, waitMs: 20_000 });
    expect(second.data.observation).toMatchObject({ number: 2, steps: ['came of run-gate'] });
    expect((await call(client, 'run_gate', { job, observation: 3 })).text).toContain(
      'Observation 3 is not there yet: 2 waits.',
    );

    // A mistake costs nothing: the observation waits on.
    const mistaken = await call(client, 'try_proposal', { job, observation: 2, proposal: 'nope', reason: 'hope' });
    expect(mistaken).toMatchObject({ isError: true, text: expect.stringContaining('nope') });
    await call(client, 'run_gate', { job, observation: 2 });
    expect((await call(client, 'observe', { job, waitMs: 20_000 })).data).toMatchObject({
      state: { status: 'done' },
      observation: null,
    });
    expect(decisions).toEqual([{ kind: 'run-gate' }, { kind: 'run-gate' }]);
    const over = await call(client, 'show_plan', { job });
    expect(over.text).toBe(`No observation of ${job} waits: it is done. Call poll_job for what came of it.`);
  });
});

const way = WAYS[0];

it('shows the whole observation as a resource', async () => {
  const { client, job } = await guesting(way);
  await call(client, 'observe', { job, waitMs: 20_000 });
  const { contents } = await client.readResource({ uri: `tilewright://jobs/${job}/observation` });
  const text = contents.map((content) => ('text' in content ? content.text : '')).join('');
  expect(JSON.parse(text)).toEqual({ number: 1, observation: JSON.parse(JSON.stringify(smallObservation(1))) });
});

it('is not asked by a deployment of another agent', async () => {
  open = await connected(await scriptedService(), way);
  const { job } = (await call(open.client, 'start_deployment', { model: 'tiny', out: 'a', agent: 'rules' })).data;
  for (const name of ['observe', 'show_plan']) {
    const { isError, text } = await call(open.client, name, { job });
    expect({ isError, text }).toEqual({
      isError: true,
      text: expect.stringContaining("no deployment with agent 'guest'"),
    });
  }
});

it('gives way to the end of its job', async () => {
  const { client, job, decisions } = await guesting(way);
  await call(client, 'observe', { job, waitMs: 20_000 });
  expect((await call(client, 'cancel_job', { job })).data.status).toBe('cancelled');
  expect((await call(client, 'run_gate', { job, observation: 1 })).text).toContain('it is cancelled');
  expect(decisions).toEqual([]);
});

it('has every tool of an agent, but for the one that the server has itself', async () => {
  open = await connected(await scriptedService(), way);
  const { tools } = await open.client.listTools();
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  for (const { name, effect } of AGENT_TOOLS) {
    const found = byName.get(name);
    expect({ name, readOnly: found?.annotations?.readOnlyHint }).toEqual({ name, readOnly: effect === 'look' });
    const required = (found?.inputSchema.required ?? []) as readonly string[];
    if (name === 'list_skills') expect(required).toEqual([]);
    else expect(required).toEqual(expect.arrayContaining(effect === 'look' ? ['job'] : ['job', 'observation']));
  }
});
