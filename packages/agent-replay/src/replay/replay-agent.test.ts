import type { Conversation, Decision, Observation, TranscriptEntry } from '@tilewright/spec';
import { agentConformance } from '@tilewright/testkit';
import { describe, expect, it } from 'vitest';
import { type ReplayAgent, replayAgent } from './replay-agent.ts';

const SUBJECT = { modelDigest: 'sha256:m', target: 'sim', prefillLength: 16, contextLength: 40 };
const OPENED: TranscriptEntry = {
  ...{ kind: 'opened', specificationVersion: 'v1', tilewrightVersion: '1', agent: 'a', ...SUBJECT },
  ...{ seed: 7, recordedAt: '2026-01-01T00:00:00.000Z' },
};
const GATE: Decision = { kind: 'run-gate' };
const tryIt = (proposal: string): Decision => ({ kind: 'try-proposal', proposal, reason: 'because' });
const started = (phase: number, planDigest: string): TranscriptEntry => ({ kind: 'phase-started', phase, planDigest });
const decided = (phase: number, planDigest: string, decision: Decision): TranscriptEntry => ({
  ...{ kind: 'decision', phase, planDigest, decision },
});
const ended = (phase: number, planDigest: string): TranscriptEntry => ({
  ...{ kind: 'phase-ended', phase, outcome: 'passed', reason: 'fine', planDigest },
});

/** A plan that is its own digest. */
function observation(phase: number, plan: string, attempt = 0, origin: object = SUBJECT): Observation {
  return { situation: { phase, plan }, attempt, origin } as unknown as Observation;
}
function replayed(entries: readonly TranscriptEntry[]): ReplayAgent {
  return replayAgent([OPENED, ...entries], { digestOf: (plan) => plan as unknown as string });
}
/** What it decides when it is shown these plans one after another. */
async function decisions(agent: ReplayAgent, phase: number, plans: readonly string[]): Promise<Decision[]> {
  const made: Decision[] = [];
  for (const [attempt, plan] of plans.entries()) made.push(await agent.decide(observation(phase, plan, attempt)));
  return made;
}

describe('replayAgent', () => {
  it('decides of a phase that validates what its last run did, and then lets the gate decide', async () => {
    const agent = replayed([
      ...[started(1, 'a'), decided(1, 'a', GATE), decided(1, 'a', tryIt('x'))],
      ...[OPENED, started(1, 'a'), { kind: 'nonsense', phase: 1, problem: 'no' } as const],
      ...[decided(1, 'a', tryIt('y')), decided(1, 'b', GATE), ended(1, 'b')],
    ]);
    expect(await decisions(agent, 1, ['a', 'b', 'b'])).toEqual([
      tryIt('y'),
      GATE,
      { kind: 'give-up', reason: expect.any(String) },
    ]);
    expect(await decisions(agent, 2, ['a', 'a'])).toEqual([GATE, expect.objectContaining({ kind: 'give-up' })]);
    expect(agent.divergences()).toEqual([]);
  });

  it('decides of a phase that optimises what all its runs did, but not twice what an interruption undid', async () => {
    const agent = replayed([
      ...[started(4, 'a'), decided(4, 'a', tryIt('x')), decided(4, 'b', tryIt('lost'))],
      ...[OPENED, started(4, 'b'), decided(4, 'b', tryIt('lost')), decided(4, 'c', GATE), ended(4, 'c')],
      ...[OPENED, started(4, 'c'), decided(4, 'c', tryIt('more')), decided(4, 'd', GATE), ended(4, 'd')],
    ]);
    expect(await decisions(agent, 4, ['a', 'b', 'c', 'd'])).toEqual([tryIt('x'), tryIt('lost'), tryIt('more'), GATE]);
    expect(agent.divergences()).toEqual([]);
  });

  it('leaves out what was tried on a plan that was given up', async () => {
    const agent = replayed([
      ...[ended(3, 'old'), started(4, 'old'), decided(4, 'old', tryIt('x')), decided(4, 'old2', GATE)],
      ...[ended(3, 'new'), started(4, 'new'), decided(4, 'new', tryIt('y'))],
    ]);
    expect(await decisions(agent, 4, ['new', 'newer'])).toEqual([tryIt('y'), GATE]);
  });

  it('takes back what was taken back at a limit', async () => {
    const agent = replayed([
      ...[started(4, 'a'), decided(4, 'a', tryIt('x')), decided(4, 'b', tryIt('y')), ended(4, 'b')],
    ]);
    const made = await decisions(agent, 4, ['a', 'b', 'c', 'b', 'b']);
    expect(made.map(({ kind }) => kind)).toEqual(['try-proposal', 'try-proposal', 'revert', 'run-gate', 'give-up']);
  });

  it('says where the plan is another, and goes on', async () => {
    const agent = replayed([started(4, 'a'), decided(4, 'a', tryIt('x')), decided(4, 'b', tryIt('y'))]);
    const [first, second] = await decisions(agent, 4, ['a', 'other']);
    expect(first).toEqual(tryIt('x'));
    expect(second).toEqual({ ...tryIt('y'), reason: expect.stringMatching(/^because \(.*another plan/) });
    expect(agent.divergences()).toEqual([{ phase: 4, decision: 2, recordedPlan: 'b', plan: 'other' }]);
  });

  it('goes on after an interruption, with what may have been lost', async () => {
    const entries = [
      ...[started(4, 'a'), decided(4, 'a', tryIt('x')), decided(4, 'b', tryIt('y')), decided(4, 'c', tryIt('z'))],
    ];
    const resumed = (plan: string, made: readonly TranscriptEntry[]): Promise<Decision> => {
      const conversation: Conversation = { entries: [...made, started(4, plan)], append: async () => {} };
      return replayed(entries).decide(observation(4, plan), { conversation });
    };
    const made = entries.slice(0, 3);
    expect(await resumed('b', made)).toEqual(tryIt('y'));
    expect(await resumed('c', made)).toEqual(tryIt('z'));
    const twice = [...made, started(4, 'b'), decided(4, 'b', tryIt('y'))];
    expect(await resumed('c', twice)).toEqual(tryIt('z'));
  });

  it('decides nothing about another model, target or length', async () => {
    const agent = replayed([started(1, 'a'), decided(1, 'a', GATE)]);
    for (const [change, message] of [
      [{ modelDigest: 'sha256:other' }, /another model: sha256:m, not sha256:other/],
      [{ target: 'npu' }, /another target: sim, not npu/],
      [{ contextLength: 64 }, /another context length: 40, not 64/],
    ] as const) {
      const decision = agent.decide(observation(1, 'a', 0, { ...SUBJECT, ...change }));
      await expect(decision).rejects.toMatchObject({ code: 'agent-failed', message: expect.stringMatching(message) });
    }
    expect(() => replayAgent([], { digestOf: () => '' })).toThrow(/does not say of which deployment/);
  });

  it('stops when it is asked to', async () => {
    const decision = replayed([]).decide(observation(1, 'a'), { signal: AbortSignal.abort() });
    await expect(decision).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('as an agent, where the transcript has nothing to say', () => {
  const origin = { target: 'scripted', modelDigest: 'sha256:0', prefillLength: 16, contextLength: 32 };
  const entries = [{ ...OPENED, ...origin }];
  for (const { name, run } of agentConformance(() => replayAgent(entries, { digestOf: () => 'sha256:p' }))) {
    it(name, run);
  }
});
