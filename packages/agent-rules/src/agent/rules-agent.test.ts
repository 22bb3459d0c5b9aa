import type { Decision, Failure, Finding, LessonOrigin, Observation, PlanEdit, Proposal } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { rulesAgent } from './rules-agent.ts';

const failure: Failure = {
  kind: 'runtime',
  dispatch: 'prefill/q_proj',
  fault: 'timeout',
  dump: { actors: [], locks: [], channels: [] },
};
const edit = (buffer: string): PlanEdit => ({ kind: 'remove-buffer', section: 'prefill', buffer });
const finding = (buffer: string): Finding => ({
  skill: 'debug-x',
  cause: `because of ${buffer}`,
  evidence: [],
  edits: [edit(buffer)],
});
const proposal = (id: string): Proposal => ({
  ...{ id, skill: 'opt-x', summary: id, edits: [edit(id)] },
  ...{ expectedGainUs: 1, safety: 'same values' },
});

const ORIGIN: LessonOrigin = {
  ...{ target: 't', modelFamily: 'llama', modelDigest: 'sha256:m' },
  ...{ prefillLength: 64, contextLength: 128 },
};

function observation(attempt: number, seen: Partial<Observation> & { readonly failure?: Failure | null }): Observation {
  const { failure: failed = null, ...rest } = seen;
  const situation = { phase: 1, plan: {}, device: {}, profile: null, failure: failed } as Observation['situation'];
  return {
    ...{
      specificationVersion: 'v1',
      situation,
      attempt,
      steps: [],
      proposals: [],
      findings: [],
      reports: [],
      instruction: null,
    },
    ...{ lessons: [], origin: ORIGIN, attempts: [] },
    ...rest,
  };
}

/** The kinds of decision that a fresh agent makes on a script of observations. */
async function decisions(...script: Parameters<typeof observation>[1][]): Promise<Decision[]> {
  const agent = rulesAgent();
  const made: Decision[] = [];
  for (const [attempt, seen] of script.entries()) made.push(await agent.decide(observation(attempt, seen)));
  return made;
}

describe('rulesAgent', () => {
  it('runs the gate first, and again after each change', async () => {
    const findings = [finding('a')];
    expect(await decisions({}, { failure, findings }, {})).toMatchObject([
      { kind: 'run-gate' },
      { kind: 'apply-finding', finding: 0 },
      { kind: 'run-gate' },
    ]);
  });

  it('tries each cure once, then each proposal, then takes them back and asks', async () => {
    const seen = {
      failure,
      findings: [{ ...finding('none'), edits: [] }, finding('a'), finding('b')],
      proposals: [proposal('p')],
    };
    const made = await decisions(seen, seen, seen, seen, seen, seen, seen);
    expect(made).toMatchObject([
      { kind: 'apply-finding', finding: 1 },
      { kind: 'apply-finding', finding: 2 },
      { kind: 'try-proposal', proposal: 'p' },
      { kind: 'revert' },
      { kind: 'revert' },
      { kind: 'revert' },
      { kind: 'ask-human' },
    ]);
    expect(made.at(-1)).toMatchObject({ question: expect.stringContaining('because of a') });
  });

  it('tells the human what failed when no skill matches', async () => {
    const [decision] = await decisions({ failure, instruction: 'use fewer columns' });
    expect(decision).toMatchObject({ kind: 'ask-human', question: expect.stringContaining('prefill/q_proj: timeout') });
    expect(decision).toMatchObject({ question: expect.stringContaining('use fewer columns') });
  });

  it('forgets when a phase begins again, and keeps phases apart', async () => {
    const agent = rulesAgent();
    const seen = { failure, findings: [finding('a')] };
    expect(await agent.decide(observation(0, seen))).toMatchObject({ kind: 'apply-finding' });
    expect(await agent.decide(observation(1, seen))).toMatchObject({ kind: 'revert' });
    expect(await agent.decide(observation(0, seen))).toMatchObject({ kind: 'apply-finding' });
  });

  it('gives up at the end of its patience', async () => {
    const agent = rulesAgent({ patience: 3 });
    expect(await agent.decide(observation(2, {}))).toMatchObject({ kind: 'run-gate' });
    expect(await agent.decide(observation(3, {}))).toMatchObject({ kind: 'give-up' });
  });
});
