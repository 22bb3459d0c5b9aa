import { afterEach, describe, expect, it } from 'vitest';
import { type Connected, call, connected, WAYS } from '../__fixtures__/connected.ts';
import { accepted, type DeploymentScript, scriptedService } from '../__fixtures__/scripted-service.ts';

/** On a busy machine what comes soon comes late. */
const PATIENCE = { timeout: 30_000 };

let open: Connected | null = null;
afterEach(async () => {
  await open?.client.close();
  await open?.end();
  open = null;
});

/** A deployment that goes on until it is told, and says what it was given. */
function held(): { readonly script: DeploymentScript; readonly finish: () => void; readonly signals: AbortSignal[] } {
  const signals: AbortSignal[] = [];
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const script: DeploymentScript = async (request, { signal, onProgress }) => {
    signals.push(signal);
    onProgress({ phase: 1, kind: 'line', text: 'phase 1 begins' });
    await new Promise<void>((resolve, reject) => {
      finished.then(resolve, reject);
      signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
    });
    return accepted(request);
  };
  return { script, finish, signals };
}

describe.each(WAYS)('over $over, in the $era era', (way) => {
  it('says everything of every tool', async () => {
    open = await connected(await scriptedService(), way);
    const { tools } = await open.client.listTools();
    expect(tools.length).toBeGreaterThan(30);
    for (const { name, title, description, inputSchema, outputSchema, annotations } of tools) {
      expect({ name, title, description }).toEqual({
        name,
        title: expect.any(String),
        description: expect.any(String),
      });
      expect(inputSchema.type).toBe('object');
      expect(outputSchema?.type).toBe('object');
      expect(annotations).toMatchObject({
        readOnlyHint: expect.any(Boolean),
        destructiveHint: expect.any(Boolean),
        idempotentHint: expect.any(Boolean),
        openWorldHint: expect.any(Boolean),
      });
    }
    expect(open.faults).toEqual([]);
  });

  it('starts at once, tells progress while it waits, and gives the result', async () => {
    const { script, finish } = held();
    open = await connected(await scriptedService(script), way);
    const started = await call(open.client, 'start_deployment', { model: 'tiny', out: 'out/a', approve: 'all' });
    expect(started.data).toMatchObject({ kind: 'deployment', subject: 'tiny', status: 'running', needs: 'nothing' });
    const { job, directory } = started.data;

    const { client } = open;
    await expect.poll(async () => (await call(client, 'poll_job', { job })).data.phase, PATIENCE).toBe(1);
    const view = await call(client, 'poll_job', { job });
    expect(view.data).toMatchObject({ status: 'running', lines: ['phase 1 begins'], result: null });

    const early = performance.now();
    expect((await call(open.client, 'poll_job', { job, waitMs: 60 })).data.status).toBe('running');
    expect(performance.now() - early).toBeGreaterThan(50);

    const waiting = call(open.client, 'poll_job', { job, waitMs: 20_000 });
    finish();
    const { data, text } = await waiting;
    expect(data).toMatchObject({ status: 'done', result: { kind: 'deployment', directory, status: 'accepted' } });
    expect(text).toContain('1.0 ms to the first token, 50.0 tokens/s (estimates).');
    expect((await call(open.client, 'list_jobs')).data.jobs).toMatchObject([{ job, status: 'done' }]);
  });

  it('tells progress to who asks for it', async () => {
    const { script, finish } = held();
    let tell: Parameters<DeploymentScript>[1]['onProgress'] = () => {};
    open = await connected(
      await scriptedService((request, hooks) => {
        tell = hooks.onProgress;
        return script(request, hooks);
      }),
      way,
    );
    const { job } = (await call(open.client, 'start_deployment', { model: 'tiny', out: 'out/a' })).data;
    const { client } = open;
    await expect.poll(async () => (await call(client, 'poll_job', { job })).data.phase, PATIENCE).toBe(1);
    const told: (string | undefined)[] = [];
    const waiting = call(
      open.client,
      'poll_job',
      { job, waitMs: 20_000 },
      {
        onprogress: ({ message }) => {
          told.push(message);
          if (told.length === 2) finish();
        },
      },
    );
    // Until the server has the request nobody listens.
    const telling = setInterval(() => tell({ phase: 1, kind: 'line', text: `kernel ${told.length}` }), 20);
    await waiting;
    clearInterval(telling);
    expect(told.slice(0, 2)).toEqual(['kernel 0', 'kernel 1']);
  });

  it('ends a job in order, once', async () => {
    const { script, signals } = held();
    open = await connected(await scriptedService(script), way);
    const { job } = (await call(open.client, 'start_deployment', { model: 'tiny', out: 'out/a' })).data;
    expect((await call(open.client, 'cancel_job', { job })).data).toMatchObject({ status: 'cancelled' });
    expect((await call(open.client, 'cancel_job', { job })).data).toMatchObject({ status: 'cancelled' });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('stops its jobs when its client goes', async () => {
    const { script, signals } = held();
    open = await connected(await scriptedService(script), way);
    const { job } = (await call(open.client, 'start_deployment', { model: 'tiny', out: 'out/a' })).data;
    await expect.poll(() => signals.length, { message: job, ...PATIENCE }).toBe(1);
    await open.end();
    expect(signals[0]?.aborted).toBe(true);
  });
});

describe('a call that is wrong', () => {
  it.each([
    ['poll_job', { job: 'deployment-0' }, /There is no job "deployment-0"\. Nothing has been started/],
    ['poll_job', {}, /job/],
    ['poll_job', { job: 'x', waitMs: 1e9 }, /waitMs/],
    [
      'start_deployment',
      { model: 'tiny', out: '../elsewhere' },
      /out "\.\.\/elsewhere" is not below .*Name a directory/,
    ],
    ['start_deployment', { model: 'tiny', out: '/etc/tilewright' }, /is not below/],
    ['start_deployment', { model: 'tiny', out: '.' }, /is not below/],
    ['start_deployment', { model: 'tiny', out: 'a', agent: 'nobody' }, /must be 'rules', 'claude', 'guest'/],
    [
      'start_deployment',
      { model: 'tiny', out: 'a', agent: 'replay:../../x.jsonl' },
      /agent "\.\.\/\.\.\/x\.jsonl" is not below/,
    ],
    [
      'start_deployment',
      { model: 'tiny', out: 'a', skills: ['./../evil.mjs'] },
      /skills "\.\/\.\.\/evil\.mjs" is not below/,
    ],
    [
      'start_deployment',
      { model: 'tiny', out: 'a', skills: ['/tmp/evil.mjs'] },
      /must be a name, a package, or a path/,
    ],
    ['start_deployment', { model: 'tiny', out: 'a', skills: ['x/../../evil'] }, /leads out of where it lies/],
    ['start_deployment', { model: 'tiny', out: 'a', budget: { total: { tokens: -1 } } }, /budget/],
    ['start_deployment', { model: 'tiny', out: 'a', wish: 1 }, /wish/],
    ['review', { job: 'x', checkpoint: 1, decision: 'approve' }, /There is no job "x"/],
    ['observe', { job: 'x' }, /There is no job "x"/],
    ['run_gate', { job: 'x', observation: 1, reason: 'why not' }, /There is no job "x"|reason/],
  ])('%s %j says what to do', async (name, input, problem) => {
    open = await connected(await scriptedService(), { over: 'stdio', era: 'modern' });
    const { isError, text } = await call(open.client, name, input);
    expect({ isError, text }).toEqual({ isError: true, text: expect.stringMatching(problem) });
    expect((await call(open.client, 'list_jobs')).data.jobs).toEqual([]);
  });

  it('is no job, where no tool has that name', async () => {
    open = await connected(await scriptedService(), { over: 'stdio', era: 'modern' });
    await expect(call(open.client, 'start_world')).rejects.toThrow(/start_world/);
  });

  it('of a service ends its job with what to do, and a bug of ours says that it is one', async () => {
    open = await connected(await scriptedService(), { over: 'http', era: 'modern' });
    for (const [model, error] of [
      ['nowhere', { code: 'file-missing', message: 'There is no model at nowhere.', remedy: 'Give one.' }],
      ['broken', { code: 'internal', message: 'index 7 is out of range', remedy: expect.stringContaining('bug') }],
    ] as const) {
      const { job } = (await call(open.client, 'start_estimate', { model })).data;
      expect((await call(open.client, 'poll_job', { job, waitMs: 5000 })).data).toMatchObject({
        status: 'failed',
        error,
      });
    }
  });
});

it('lets no two jobs work in one directory, and no more than a few at once', async () => {
  const { script, finish } = held();
  open = await connected(await scriptedService(script), { over: 'stdio', era: 'modern' });
  for (const out of ['a', 'b', 'c', 'd']) {
    const first = await call(open.client, 'start_deployment', { model: 'tiny', out });
    expect(first.isError).toBe(false);
    if (out !== 'a') continue;
    const rival = await call(open.client, 'start_evaluation', { directory: './a' });
    expect(rival.text).toContain(`${first.data.job} is at work in`);
  }
  expect((await call(open.client, 'start_estimate', { model: 'tiny' })).text).toContain('4 jobs are running');
  finish();
});
