import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replayAgent } from '@tilewright/agent-replay';
import { rulesAgent } from '@tilewright/agent-rules';
import { digest } from '@tilewright/gates';
import { loadDeployment, readTrajectory, readTranscript, WORKSPACE_FILES } from '@tilewright/phases';
import {
  type Agent,
  type AgentUsage,
  type Budget,
  type DecideOptions,
  type Decision,
  type EditPreview,
  NO_USAGE,
  type Observation,
  type SkillText,
  TilewrightError,
} from '@tilewright/spec';
import { afterAll, describe, expect, it } from 'vitest';
import { deployGolden } from './support/deploy-golden.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tilewright-session-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;
const fresh = (): string => join(scratch, String(count++));
const transcriptOf = (workspace: string): string => join(workspace, WORKSPACE_FILES.transcript);

const USAGE: AgentUsage = { ...NO_USAGE, requests: 1, inputTokens: 900, outputTokens: 100, costUsd: 0.25 };

/** Decides as the rules do, and talks, pays and looks around as an agent with a language model does. */
function talkingAgent(onDecide: (observation: Observation, options: DecideOptions) => Promise<void>): Agent {
  const rules = rulesAgent();
  return {
    specificationVersion: 'v1',
    id: 'talking',
    async decide(observation, options = {}): Promise<Decision> {
      await options.conversation?.append({ role: 'assistant', attempt: observation.attempt });
      await options.onUsage?.(USAGE);
      await onDecide(observation, options);
      return rules.decide(observation);
    },
  };
}

describe('an agent that costs something', () => {
  const workspace = fresh();
  const previews = new Map<string, EditPreview>();
  let skills: readonly SkillText[] = [];

  it('is asked as long as its budget lasts, and the deployment ends in order without it', async () => {
    const agent = talkingAgent(async ({ situation, attempt, proposals }, { instruments }) => {
      skills = instruments?.skills ?? [];
      if (situation.phase !== 4 || attempt > 0) return;
      for (const { id, edits } of proposals) {
        if (instruments) previews.set(id, await instruments.preview(edits));
      }
    });
    // Phases 1 to 3 take a request each.
    const { status, manifest } = await deployGolden(workspace, { agent, budget: { total: { tokens: 6000 } } });
    expect(status).toBe('deployed');
    const used = manifest.phases.map((record) => record.agent);
    expect(used.map((each) => each?.usage.requests ?? 0)).toEqual([0, 1, 1, 1, 3, 0, 0]);
    expect(used[4]).toMatchObject({
      usage: { ...USAGE, requests: 3, inputTokens: 2700, outputTokens: 300, costUsd: 0.75 },
      ...{ decisions: 3, attempts: 3, limit: expect.stringContaining('6000 tokens of 6000 tokens') },
    });
    expect(used[5]).toMatchObject({ decisions: 0, limit: expect.stringContaining('of the deployment') });
    expect(used.map((each) => each?.limit ?? null).slice(0, 4)).toEqual([null, null, null, null]);
    expect((await loadDeployment(workspace)).manifest).toEqual(manifest);
    expect(manifest.budget).toEqual({ total: { tokens: 6000 } });
    expect(readFileSync(join(workspace, 'progress.md'), 'utf8')).toContain('6000 tokens of 6000 tokens');
  }, 60_000);

  it('has looked at what it tried before it tried it', async () => {
    expect(skills.map(({ description }) => description.length > 20)).not.toContain(false);
    const { attempts } = (await readTrajectory(workspace)) ?? { attempts: [] };
    const [first] = attempts;
    expect(first?.kept).toBe(true);
    expect(previews.get(first?.proposal ?? '')).toMatchObject({
      kind: 'compiles',
      times: { timing: 'estimate', prefillUs: { before: first?.beforeUs, after: first?.afterUs } },
    });
  });

  it('is replayed from its transcript, without cost and to the same plan', async () => {
    const entries = await readTranscript(transcriptOf(workspace));
    const kinds = entries.filter((entry) => !('phase' in entry) || entry.phase === 4).map(({ kind }) => kind);
    const turn = ['message', 'usage', 'decision'];
    expect(kinds).toEqual(['opened', 'phase-started', ...turn, ...turn, ...turn, 'phase-ended']);
    const agent = replayAgent(entries, { digestOf: digest });
    const copy = fresh();
    const { status, manifest } = await deployGolden(copy, { agent });
    const { manifest: recorded } = await loadDeployment(workspace);
    expect([status, manifest.planDigest, agent.divergences()]).toEqual(['deployed', recorded.planDigest, []]);
    expect(manifest.phases.map((record) => record.agent?.usage ?? NO_USAGE)).toEqual(Array(7).fill(NO_USAGE));
  }, 60_000);

  it('goes on where it was after its service has failed, with its conversation, and under another budget', async () => {
    const interrupted = fresh();
    const failure = new TilewrightError('agent-failed', 'The service is overloaded.', 'Run the command again.');
    let decided = 0;
    const agent = talkingAgent(async ({ situation }) => {
      if (situation.phase === 4 && ++decided === 3) throw failure;
    });
    const budget: Budget = { phase: { costUsd: 0.8 } };
    await expect(deployGolden(interrupted, { agent, budget, lastPhase: 4 })).rejects.toBe(failure);
    const { manifest } = await loadDeployment(interrupted);
    expect(manifest.status).toBe('running');
    expect(manifest.phases[4]).toMatchObject({ agent: { usage: { requests: 3, costUsd: 0.75 }, decisions: 2 } });
    const tried = (await readTrajectory(interrupted))?.attempts ?? [];
    expect(tried).toHaveLength(2);

    // A last line that was cut off is no hindrance.
    const file = transcriptOf(interrupted);
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"kind":"mess`);
    const more = talkingAgent(async () => {});
    const seen: number[] = [];
    const watched: Agent = {
      ...more,
      decide: (observation, options) => {
        seen.push(options?.conversation?.entries.filter(({ kind }) => kind === 'message').length ?? -1);
        return more.decide(observation, options);
      },
    };
    const wider = { phase: { costUsd: 1.2 } };
    const { status, manifest: after } = await deployGolden(interrupted, {
      agent: watched,
      budget: wider,
      lastPhase: 4,
    });
    expect(status).toBe('deployed');
    expect(seen).toEqual([3, 4]);
    expect(after.budget).toEqual(wider);
    expect(after.phases[4]?.agent).toMatchObject({
      usage: { requests: 5, costUsd: 1.25 },
      ...{ decisions: 4, limit: expect.stringContaining('$1.20') },
    });
    const all = (await readTrajectory(interrupted))?.attempts ?? [];
    expect(all.slice(0, 2)).toEqual(tried);
  }, 60_000);

  it('ends its part at once where its cost cannot be told', async () => {
    const unknown = { ...USAGE, costUsd: null };
    // Several requests at once.
    const agent = talkingAgent(async (_, { onUsage }) => {
      await Promise.all([onUsage?.(USAGE), onUsage?.(unknown), onUsage?.(USAGE)]);
    });
    const { status, manifest } = await deployGolden(fresh(), {
      agent,
      budget: { phase: { costUsd: 5 } },
      lastPhase: 1,
    });
    expect(status).toBe('deployed');
    expect(manifest.phases[1]?.agent?.usage).toMatchObject({ requests: 4, costUsd: null });
    expect(manifest.phases[1]?.agent?.limit).toMatch(/cost of the phase cannot be held to \$5.00/);
  }, 60_000);

  it('cannot change what the deployment goes by in what it is shown', async () => {
    const forger: Agent = {
      ...{ specificationVersion: 'v1', id: 'forger' },
      decide: async ({ situation, reports, attempts, attempt }): Promise<Decision> => {
        for (const report of reports) Reflect.set(report, 'verdict', 'pass');
        for (const made of attempts) Reflect.set(made, 'kept', true);
        Reflect.set(situation.device, 'columns', 1);
        for (const { layer } of Object.values(situation.plan.sections)) Reflect.set(layer, 'length', 0);
        return attempt === 0 ? { kind: 'run-gate' } : { kind: 'give-up', reason: 'done' };
      },
    };
    const { status, manifest } = await deployGolden(fresh(), { agent: forger, lastPhase: 1 });
    expect([status, manifest.phases[1]?.status]).toEqual(['deployed', 'passed']);
  }, 60_000);

  it('is refused a budget that is none', async () => {
    const budget = { total: { tokens: -1 } };
    await expect(deployGolden(fresh(), { budget })).rejects.toMatchObject({
      code: 'usage',
      details: { field: 'budget.total.tokens' },
    });
  });
});
