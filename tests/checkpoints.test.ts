import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rulesAgent } from '@tilewright/agent-rules';
import { type DeployRequest, recordReview } from '@tilewright/phases';
import type { Agent, DebugSkill, Observation, OptimizationSkill, Plan } from '@tilewright/spec';
import { afterAll, describe, expect, it } from 'vitest';
import { deployGolden } from './support/deploy-golden.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tilewright-checkpoints-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;
const fresh = (): string => join(scratch, String(count++));

/** Nobody is there: every checkpoint waits for an answer that somebody records. */
const waiting: Partial<DeployRequest> = { reviewer: { review: async () => ({ kind: 'wait' }) }, lastPhase: 4 };

/** The rules, and what they are shown. */
function listening(): { readonly agent: Agent; readonly seen: Observation[] } {
  const rules = rulesAgent();
  const seen: Observation[] = [];
  const decide: Agent['decide'] = (observation, options) => {
    seen.push(observation);
    return rules.decide(observation, options);
  };
  return { agent: { ...rules, decide }, seen };
}

describe('a deployment that waits', () => {
  it('goes on phase by phase with answers that were recorded', async () => {
    const workspace = fresh();
    for (let phase = 0; phase <= 4; phase++) {
      const { status, manifest } = await deployGolden(workspace, waiting);
      expect(status).toBe('waiting');
      expect(manifest.phases.map((record) => record.status)[phase]).toBe('waiting');
      expect((await recordReview(workspace, { kind: 'approve' })).phase).toBe(phase);
    }
    expect((await deployGolden(workspace, waiting)).status).toBe('deployed');
    await expect(recordReview(workspace, { kind: 'approve' })).rejects.toMatchObject({ code: 'usage' });
    await expect(recordReview(fresh(), { kind: 'approve' })).rejects.toMatchObject({ code: 'workspace-invalid' });
  }, 60_000);

  it('stays as it is without an answer, and an answer counts once', async () => {
    const workspace = fresh();
    await deployGolden(workspace, waiting);
    await recordReview(workspace, { kind: 'approve' });
    const once = await deployGolden(workspace, waiting);
    const twice = await deployGolden(workspace, waiting);
    expect([once, twice].map(({ manifest }) => manifest.phases.map(({ status }) => status))).toEqual([
      expect.arrayContaining(['passed', 'waiting', 'pending']),
      once.manifest.phases.map(({ status }) => status),
    ]);
  }, 60_000);

  it('is rejected, and stays so until the answer is another', async () => {
    const workspace = fresh();
    await deployGolden(workspace, waiting);
    await recordReview(workspace, { kind: 'reject', reason: 'not this model' });
    const rejected = { status: 'failed', reason: expect.stringContaining('not this model') };
    expect(await deployGolden(workspace, waiting)).toMatchObject(rejected);
    expect(await deployGolden(workspace, waiting)).toMatchObject(rejected);
    expect(readFileSync(join(workspace, 'progress.md'), 'utf8')).toContain('not this model');
  }, 60_000);

  it('is redirected: the agent gets the words, and what came of it waits again', async () => {
    const workspace = fresh();
    for (let phase = 0; phase <= 3; phase++) {
      await deployGolden(workspace, waiting);
      await recordReview(workspace, { kind: 'approve' });
    }
    await deployGolden(workspace, waiting);
    await recordReview(workspace, { kind: 'redirect', instruction: 'merge less' });
    const { agent, seen } = listening();
    const steps: string[] = [];
    const { status, manifest } = await deployGolden(workspace, {
      ...{ ...waiting, agent },
      onEvent: (event) => void (event.kind === 'step' && steps.push(event.step)),
    });
    expect(status).toBe('waiting');
    expect(manifest.phases[4]?.status).toBe('waiting');
    expect(seen.map(({ instruction }) => instruction)).toEqual(['merge less']);
    // What was tried before is not tried again.
    expect(seen[0]?.attempts.length).toBeGreaterThan(3);
    expect(steps.filter((step) => step.startsWith('tries '))).toEqual([]);
    const after = listening();
    await deployGolden(workspace, { ...waiting, agent: after.agent });
    expect(after.seen).toEqual([]);
  }, 60_000);
});

describe('a failure that no skill matches', () => {
  /** Breaks the plan in phase 1, in the name of progress, and only once. */
  const breaking: OptimizationSkill = {
    ...{ specificationVersion: 'v1', kind: 'optimization', id: 'breaking', doc: '' },
    match: ({ phase, plan }) =>
      phase === 1 && isWhole(plan) ? [{ skill: 'breaking', subject: 'x', evidence: [] }] : [],
    propose: () => ({
      ...{ id: 'breaking:x', skill: 'breaking', summary: 'Swap two inputs.', expectedGainUs: null, safety: 'None.' },
      edits: [{ kind: 'bind-argument', section: 'prefill', launch: 'silu_mul', argument: 'gate', buffer: 'up_proj' }],
    }),
  };
  const isWhole = (plan: Plan): boolean => JSON.stringify(plan.sections.prefill.layer).includes('"gate":"gate_proj"');
  const deaf: DebugSkill = {
    ...{ specificationVersion: 'v1', kind: 'debug', id: 'deaf', doc: '' },
    match: () => [],
    diagnose: () => ({ skill: 'deaf', cause: '', evidence: [], edits: [] }),
  };

  it('goes to the human with what is known, and on with what the human says', async () => {
    const workspace = fresh();
    const rules = rulesAgent();
    let broken = false;
    const agent: Agent = {
      ...rules,
      decide: async (observation) => {
        if (observation.situation.phase !== 1 || observation.instruction !== null) return rules.decide(observation);
        const { failure } = observation.situation;
        if (failure !== null) return { kind: 'ask-human', question: 'SiLU is wrong. Which inputs are right?' };
        if (broken) return { kind: 'run-gate' };
        broken = true;
        return { kind: 'try-proposal', proposal: 'breaking:x', reason: 'It was offered.' };
      },
    };
    const skills = [breaking, deaf];
    const reviewer: DeployRequest['reviewer'] = {
      review: async ({ report }) => ({ kind: report.verdict === 'pass' ? 'approve' : 'wait' }),
    };
    const asked = await deployGolden(workspace, { agent, skills, reviewer, lastPhase: 3 });
    expect(asked).toMatchObject({ status: 'waiting', reason: 'SiLU is wrong. Which inputs are right?' });
    const issues = readFileSync(join(workspace, 'issues.md'), 'utf8');
    expect(issues).toContain('silu_mul');
    expect(issues).toContain('no skill matched');
    expect(issues).toContain('Who must act: human');
    await expect(recordReview(workspace, { kind: 'approve' })).rejects.toMatchObject({ code: 'usage' });
    await recordReview(workspace, { kind: 'redirect', instruction: 'leave the plan as it is' });
    expect((await deployGolden(workspace, { agent, skills, reviewer, lastPhase: 3 })).status).toBe('deployed');
  }, 60_000);
});
