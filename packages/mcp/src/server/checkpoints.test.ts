import { afterEach, describe, expect, it } from 'vitest';
import { type Connected, type ConnectOptions, call, connected, WAYS, type Way } from '../__fixtures__/connected.ts';
import { accepted, askAboutPhase, scriptedService } from '../__fixtures__/scripted-service.ts';

let open: Connected | null = null;
afterEach(async () => {
  await open?.client.close();
  await open?.end();
  open = null;
});

/** A deployment that asks after phases 1 and 2, and tells what it was answered. */
async function asking(
  way: Way,
  options: ConnectOptions = {},
): Promise<{ readonly client: Connected['client']; readonly job: string }> {
  const service = await scriptedService(async (request, hooks) => {
    const answers = [await askAboutPhase(1, hooks), await askAboutPhase(2, hooks)];
    return { ...(await accepted(request)), reason: answers.join(' ') };
  });
  open = await connected(service, way, options);
  const { client } = open;
  const { data } = await call(client, 'start_deployment', { model: 'tiny', out: 'out/a', approve: 'ask' });
  return { client, job: data.job };
}

describe.each(WAYS)('over $over, in the $era era', (way) => {
  it('asks the user by a form, where the client can show one', async () => {
    const asked: string[] = [];
    const { client, job } = await asking(way, {
      onForm: (message) => {
        asked.push(message);
        if (asked.length === 1) return { action: 'accept', content: { decision: 'approve' } };
        return { action: 'accept', content: { decision: 'redirect', text: 'try merging first' } };
      },
    });
    let { data } = await call(client, 'poll_job', { job, waitMs: 20_000 });
    while (data.status === 'running') ({ data } = await call(client, 'poll_job', { job, waitMs: 20_000 }));
    expect(asked).toEqual([
      'tiny: phase 1, Phase 1. Gate kernels: pass. 12 comparisons pass',
      'tiny: phase 2, Phase 2. Gate kernels: pass. 12 comparisons pass',
    ]);
    expect(data.result.reason).toBe('{"kind":"approve"} {"kind":"redirect","instruction":"try merging first"}');
  });

  it('says needs approval where it cannot, and takes the answer by review', async () => {
    const { client, job } = await asking(way);
    const { data, text } = await call(client, 'poll_job', { job, waitMs: 20_000 });
    expect(data).toMatchObject({
      status: 'running',
      needs: 'approval',
      checkpoint: { checkpoint: 1, verdict: 'pass' },
    });
    expect(text).toContain('needs_approval: checkpoint 1, phase 1, gate kernels: pass.');
    expect(text).toContain('12 comparisons pass');

    const second = await call(client, 'review', { job, checkpoint: 2, decision: 'approve' });
    expect(second.text).toBe(
      'Checkpoint 2 does not wait for an answer: checkpoint 1 does. Call poll_job, and answer that one.',
    );
    const silent = await call(client, 'review', { job, checkpoint: 1, decision: 'redirect' });
    expect(silent.text).toContain('A redirection needs words.');
    expect((await call(client, 'review', { job, checkpoint: 1, decision: 'approve' })).isError).toBe(false);
    const again = await call(client, 'review', { job, checkpoint: 1, decision: 'reject' });
    expect(again).toMatchObject({ isError: true, text: expect.stringContaining('Checkpoint 1 does not wait') });

    await call(client, 'poll_job', { job, waitMs: 20_000 });
    await call(client, 'review', { job, checkpoint: 2, decision: 'reject', text: 'too slow' });
    const end = await call(client, 'poll_job', { job, waitMs: 20_000 });
    expect(end.data.result.reason).toBe('{"kind":"approve"} {"kind":"reject","reason":"too slow"}');
  });

  it('does not ask again who turned the form away', async () => {
    let asked = 0;
    const { client, job } = await asking(way, {
      onForm: () => {
        asked++;
        return { action: 'cancel' };
      },
    });
    const turnedAway = await call(client, 'poll_job', { job, waitMs: 20_000 });
    expect(turnedAway.text).toContain('turned away');
    expect(turnedAway.data).toMatchObject({ needs: 'approval', checkpoint: { checkpoint: 1 } });
    expect((await call(client, 'poll_job', { job })).data.needs).toBe('approval');
    expect(asked).toBe(1);
    // The next checkpoint is another question.
    await call(client, 'review', { job, checkpoint: 1, decision: 'approve' });
    await call(client, 'poll_job', { job, waitMs: 20_000 });
    expect(asked).toBe(2);
  });

  it('leaves a checkpoint for later when its job is ended there', async () => {
    const { client, job } = await asking(way);
    await call(client, 'poll_job', { job, waitMs: 20_000 });
    const { data } = await call(client, 'cancel_job', { job });
    expect(data).toMatchObject({ status: 'cancelled', needs: 'nothing' });
    // It ended in order: both checkpoints were answered with wait.
    const { result } = (await call(client, 'poll_job', { job })).data;
    expect(result.reason).toBe('{"kind":"wait"} {"kind":"wait"}');
  });
});

it('asks nobody where everything is approved', async () => {
  const service = await scriptedService(async (request, hooks) => {
    return { ...(await accepted(request)), reason: await askAboutPhase(1, hooks) };
  });
  open = await connected(service, { over: 'stdio', era: 'modern' });
  const { job } = (await call(open.client, 'start_deployment', { model: 'tiny', out: 'a', approve: 'all' })).data;
  const { data } = await call(open.client, 'poll_job', { job, waitMs: 20_000 });
  expect(data).toMatchObject({ status: 'done', result: { reason: '{"kind":"approve"}' } });
  expect((await call(open.client, 'review', { job, checkpoint: 1, decision: 'approve' })).text).toContain(
    'asks nobody',
  );
});

it('refuses an answer whose seal was tampered with', async () => {
  const { client, job } = await asking({ over: 'http', era: 'modern' }, { onForm: () => ({ action: 'cancel' }) });
  const forged = client.request({
    method: 'tools/call',
    params: {
      name: 'poll_job',
      arguments: { job },
      inputResponses: { checkpoint: { action: 'accept', content: { decision: 'approve' } } },
      requestState: 'v1.e30.AAAA',
    },
  } as never);
  await expect(forged).rejects.toThrow(/Invalid or expired requestState/);
  expect((await call(client, 'poll_job', { job })).data.checkpoint.checkpoint).toBe(1);
});
