import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@modelcontextprotocol/client';
import { afterAll, afterEach, expect, it } from 'vitest';
import { callTool, followJob, mcpClient, readText, type ToolAnswer } from './support/mcp-client.ts';

const models = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'tilewright-mcp-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const clients: Client[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

/** As short as its gates take them: what is tested is who decides and who approves, not the numbers. */
const tinyLlama = {
  model: join(models, 'models', 'tiny-llama'),
  out: 'out/tiny',
  prefillLength: 16,
  contextLength: 48,
  budget: { phase: { attempts: 0 } },
};

it('is begun by clients that show forms, and ended by one that cannot', { timeout: 600_000 }, async () => {
  const asked: string[] = [];
  const withForms = async (answers: readonly string[]): Promise<Client> => {
    asked.length = 0;
    const client = await mcpClient({
      ...{ cwd: scratch, era: 'modern' },
      onForm: (message) => {
        asked.push(/phase (\d)/.exec(message)?.[1] ?? message);
        return { action: 'accept', content: { decision: answers[asked.length - 1] ?? 'wait' } };
      },
    });
    clients.push(client);
    return client;
  };
  const deployment = { ...tinyLlama, approve: 'ask' };

  // A client that goes in the midst of it: its server ends, and the deployment keeps what it has reached.
  const gone = await withForms(['approve']);
  const left = (await callTool(gone, 'start_deployment', deployment)).data;
  for (let phase = 0; phase !== 1; ) {
    ({ phase } = (await callTool(gone, 'poll_job', { job: left.job, waitMs: 20_000 })).data);
  }
  await gone.close();
  expect(asked).toEqual(['0']);

  const first = await withForms(['approve', 'wait']);
  const interrupted = (await callTool(first, 'deployment_status', { directory: 'out/tiny' })).data;
  expect(interrupted.phases[0]).toMatchObject({ phase: 0, status: 'passed' });
  expect(['running', 'waiting']).toContain(interrupted.status);
  const begun = (await callTool(first, 'start_deployment', deployment)).data;
  const waiting = await followJob(first, begun.job);
  expect(asked).toEqual(['1', '2']);
  expect(waiting.result).toMatchObject({ status: 'waiting', directory: join(scratch, 'out', 'tiny') });
  expect((await callTool(first, 'deployment_status', { directory: 'out/tiny' })).data.status).toBe('waiting');
  await first.close();

  const second = await mcpClient({ cwd: scratch, era: 'legacy' });
  clients.push(second);
  const { job } = (await callTool(second, 'start_deployment', deployment)).data;
  const approved: number[] = [];
  let view = await followJob(second, job);
  for (; view.needs === 'approval'; view = await followJob(second, job)) {
    const { checkpoint, phase, verdict } = view.checkpoint;
    expect(verdict).toBe('pass');
    approved.push(phase);
    const answer = await callTool(second, 'review', { job, checkpoint, decision: 'approve' });
    expect(answer.isError).toBe(false);
  }
  // What was approved by the form is not asked about again.
  expect(approved).toEqual([2, 3, 4, 5, 6]);
  expect(view).toMatchObject({ status: 'done', result: { status: 'accepted', evaluation: { verdict: 'pass' } } });

  const report = (await callTool(second, 'report', { directory: 'out/tiny' })).data;
  expect(await readText(second, report.resource)).toBe(readFileSync(report.file, 'utf8'));
  const { resources } = await second.listResources();
  const uris = resources.map(({ uri }) => uri);
  expect(uris).toContain(report.resource);
  const gate = JSON.parse(await readText(second, 'tilewright://workspaces/out%2Ftiny/gates/3'));
  expect(gate.comparisons.length).toBeGreaterThan(100);
  expect(await readText(second, 'tilewright://workspaces/out%2Ftiny/evaluation')).toContain('pass');
});

it('is decided by its client, look by look and decision by decision', { timeout: 600_000 }, async () => {
  const client = await mcpClient({
    ...{ cwd: scratch, era: 'legacy' },
    onForm: (message) =>
      message.includes('Which way?')
        ? { action: 'accept', content: { decision: 'redirect', text: 'go by the estimates' } }
        : { action: 'accept', content: { decision: 'approve' } },
  });
  clients.push(client);
  const { job } = (
    await callTool(client, 'start_deployment', {
      ...{ model: join(models, 'test-data', 'goldens', 'llama-gqa'), out: 'out/guest', agent: 'guest' },
      ...{ prefillLength: 16, contextLength: 48, approve: 'ask', budget: { phase: { attempts: 4 } } },
    })
  ).data;
  let seen: ToolAnswer['data'] = null;
  const decided: string[] = [];
  const ok = async (name: string, input: Readonly<Record<string, unknown>> = {}): Promise<ToolAnswer['data']> => {
    const answer = await callTool(client, name, { job, ...input });
    if (answer.isError) throw new Error(`${name}: ${answer.text}`);
    return answer.data;
  };
  const fault = async (name: string, input: Readonly<Record<string, unknown>>): Promise<string> => {
    const { isError, text } = await callTool(client, name, { job, ...input });
    expect({ name, isError }).toEqual({ name, isError: true });
    return text;
  };
  /** Decides about the observation that waits, and sees the next one; forms are answered while it waits. */
  const decide = async (name: string, input: Readonly<Record<string, unknown>> = {}): Promise<void> => {
    const { number } = seen;
    const { decision } = await ok(name, { observation: number, ...input });
    decided.push(decision);
    // The same call once more decides nothing.
    expect(await fault(name, { observation: number, ...input })).toMatch(
      /decided already|No observation|mend the call/,
    );
    await next();
  };
  const next = async (): Promise<void> => {
    const { status, needs } = await followJob(client, job);
    seen = needs === 'decision' ? (await ok('observe')).observation : { status };
  };

  await next();
  expect(seen).toMatchObject({ number: 1, phase: 1, remaining: { attempts: 4 } });
  await ok('show_plan');
  await ok('show_gate_reports');
  await ok('show_attempts');
  await ok('list_lessons');
  await ok('show_edit_format', { kind: 'merge-dispatches' });
  const { skills } = await ok('list_skills');
  await ok('read_skill', { skill: skills[0].name });
  await ok('search_kernels', { kernel: 'gemm', shape: { m: 512, k: 512, n: 512 }, top: 2 });
  expect(await fault('apply_finding', { observation: 1, finding: 0, reason: 'guess' })).toContain('mend the call');
  expect(await fault('show_proposal', { proposal: 'none' })).toContain('none');
  await decide('record_lesson', { lesson: 'Short prompts are quick to validate.', evidence: ['phase 1'] });
  await decide('profile');
  await ok('show_profile');
  await decide('run_gate');
  for (const phase of [2, 3]) {
    expect(seen.phase).toBe(phase);
    await decide('run_gate');
  }

  expect(seen.phase).toBe(4);
  const [proposal, other] = seen.proposals;
  await ok('list_proposals');
  const { shown: edits } = (await ok('show_proposal', { proposal: proposal.id })).view.edits;
  expect((await ok('preview_edits', { edits })).view).toMatchObject({ kind: 'compiles' });
  await decide('author_edits', { edits, reason: 'as the skill says, by hand' });
  if (other) await decide('try_proposal', { proposal: seen.proposals[0].id, reason: 'it promises most' });
  await decide('revert', { reason: 'to see what it did' });
  await decide('ask_human', { question: 'Which way?' });
  expect(seen).toMatchObject({ phase: 4, instruction: 'go by the estimates' });
  await decide('run_gate');
  expect(seen.phase).toBe(5);
  await decide('give_up', { reason: 'enough was seen' });

  expect(decided).toEqual(
    expect.arrayContaining(['record-lesson', 'profile', 'run-gate', 'author-edits', 'revert', 'ask-human', 'give-up']),
  );
  const { data } = await callTool(client, 'poll_job', { job, lines: 50 });
  // Who gives up on making it faster keeps what passed.
  expect(data).toMatchObject({ status: 'done', result: { status: 'accepted', evaluation: { verdict: 'pass' } } });
  const [, , , , prefill, decode] = data.result.phases;
  expect(prefill).toMatchObject({ status: 'passed', agent: { attempts: expect.any(Number), tokens: 0 } });
  expect(decode).toMatchObject({ status: 'passed', agent: { decisions: 1, attempts: 0 } });
});
