import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { requireBuilt } from '../__fixtures__/built-bin.ts';
import { type CapturedRun, captured } from '../__fixtures__/captured-run.ts';
import { oneStageAgent } from '../__fixtures__/one-stage-agent.ts';
import { GOLDENS } from '../__fixtures__/repository.ts';
import { Interruption } from '../terminal/interruption.ts';

const SMALL = join(GOLDENS, 'llama-gqa');
const LENGTHS = ['--prefill-length', '96', '--context-length', '128'];

let home: string;
beforeAll(async () => {
  requireBuilt();
  home = await mkdtemp(join(tmpdir(), 'tilewright-compare-'));
  await mkdir(join(home, 'tmp'));
  // To see what is left of scratch directories, and of no other test's.
  vi.stubEnv('TMPDIR', join(home, 'tmp'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true, force: true });
});

/** Does not get far. */
const LAZY = `export default {
  specificationVersion: 'v1',
  id: 'lazy',
  decide: async ({ situation: { phase } }) =>
    phase === 1 ? { kind: 'give-up', reason: 'too hard' } : { kind: 'run-gate' },
};
`;

/** What is left of our own: libraries may leave things of theirs. */
async function scratch(): Promise<readonly string[]> {
  return (await readdir(join(home, 'tmp'))).filter((name) => name.startsWith('tilewright'));
}

function cli(args: readonly string[], signal?: AbortSignal): Promise<CapturedRun> {
  return captured(args, { environment: { TILEWRIGHT_HOME: home }, ...(signal && { signal }) });
}

function compare(agents: string, more: readonly string[] = [], signal?: AbortSignal): Promise<CapturedRun> {
  return cli(['compare', SMALL, '--agents', agents, ...LENGTHS, ...more], signal);
}

describe('compare', () => {
  it('lets each agent deploy the model under the same terms, and has each judged', { timeout: 400_000 }, async () => {
    const agent = await oneStageAgent(home);
    const lazy = join(home, 'lazy.mjs');
    await writeFile(lazy, LAZY);
    const out = join(home, 'out');
    const run = await compare(`${agent},${lazy}`, ['--out', out, '--json']);
    expect(run.exitStatus).toBe(1);
    const [ours, lost] = run.json().agents;
    expect(ours).toMatchObject({ status: 'accepted', verdict: 'pass', passedPhases: 7, failures: 0 });
    expect(ours.attempts).toEqual({ made: 1, kept: 1, bySkill: [{ skill: null, made: 1, kept: 1 }] });
    expect(ours.usage.requests).toBe(0);
    expect(ours.time).toMatchObject({ timing: 'estimate', tokenUs: expect.any(Number) });
    const plan = JSON.parse(await readFile(join(ours.directory, 'plan.json'), 'utf8'));
    const { once, layer } = plan.sections.prefill;
    const counted = (steps: { kind: string }[]): number => steps.filter(({ kind }) => kind === 'dispatch').length;
    expect(ours.plan.dispatches.prefill).toBe(counted(once) + plan.model.layers * counted(layer));
    expect(lost).toMatchObject({ status: 'failed', verdict: null, passedPhases: 1, reason: 'too hard' });
    expect(lost.attempts.made).toBe(0);

    // A replay of it, with a skill and without, comes to the same both times: no decision of it needs the skill.
    const transcript = join(ours.directory, 'transcript.jsonl');
    const options = ['--agent', `replay:${transcript}`, '--json'];
    const evaluated = await cli(['skills', 'eval', 'layout-alignment', SMALL, ...options]);
    expect(evaluated.exitStatus).toBe(0);
    const [{ effect, without, with: withIt }] = evaluated.json().models;
    expect(effect).toMatchObject({ timeToFirstToken: 0, token: 0, attempts: 0, failures: 0, proposed: 0, kept: 0 });
    for (const arm of [without, withIt]) {
      expect(arm).toMatchObject({
        status: 'deployed',
        directory: null,
        verdict: null,
        plan: ours.plan,
        time: ours.time,
      });
    }
    // These were comparisons: the user has learnt nothing, and what was scratch is gone.
    expect(await readdir(home)).not.toContain('lessons');
    expect(await scratch()).toEqual([]);

    const refused = await compare('rules', ['--out', out, '--json']);
    expect(refused.json().error).toMatchObject({ code: 'usage', message: expect.stringContaining('not an empty') });
  });

  it.each([
    ['no agent', ' ,', 'usage'],
    ['an agent twice', 'rules,rules', 'usage'],
    ['an agent that is not there', 'rules,nonesuch', 'module-unknown'],
    ['a transcript that is not there', 'replay:/nowhere/transcript.jsonl', 'file-missing'],
  ])('refuses %s before it deploys anything', async (_, agents, code) => {
    const run = await compare(agents, ['--json']);
    expect([run.exitStatus, run.json().error.code]).toEqual([2, code]);
    expect(run.stderr).not.toContain('phase 0');
  });

  it('leaves nothing behind when it is interrupted', { timeout: 60_000 }, async () => {
    const controller = new AbortController();
    const running = compare('rules', ['--json'], controller.signal);
    setTimeout(() => controller.abort(new Interruption('SIGINT')), 1500);
    expect(await running).toMatchObject({ exitStatus: 130, stdout: expect.stringContaining('aborted') });
    expect(await scratch()).toEqual([]);
  });
});
