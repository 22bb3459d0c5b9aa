import { digest } from '@tilewright/gates';
import type {
  Decision,
  Finding,
  Observation,
  OptimizationAttempt,
  Plan,
  PlanEdit,
  Proposal,
  Skill,
} from '@tilewright/spec';
import { plainAxis } from '@tilewright/spec';
import { scriptedAgent } from '@tilewright/testkit';
import { describe, expect, it } from 'vitest';
import { reportWithoutGate } from '../loop/report-without-gate.ts';
import type { GateResult } from '../loop/run-watched-gate.ts';
import { estimateOf } from '../time/plan-timing.ts';
import type { NewIssue } from '../workspace/journal.ts';
import { type OptimizationRequest, runOptimizationLoop } from './optimization-loop.ts';
import { replayAttempts } from './replay-attempts.ts';

const section = { buffers: [], residual: null, once: [], layer: [] };
const baseline = {
  specificationVersion: 'v1',
  sections: { prefill: section, decode: section, head: section },
} as unknown as Plan;
const edit = (id: string): PlanEdit => ({
  ...{ kind: 'add-buffer', section: 'head' },
  buffer: {
    ...{ id, role: 'intermediate', residency: 'host', scope: 'model', format: 'bf16', content: { kind: 'scratch' } },
    layout: { order: 'sequence-first', rows: 1, heads: 1, columns: plainAxis(8) },
  },
});
const buffers = (plan: Plan): string[] => plan.sections.head.buffers.map(({ id }) => id);
const proposal = (id: string): Proposal => ({
  ...{ id, skill: 'opt', summary: `Do ${id}.`, edits: [edit(id)], expectedGainUs: 1, safety: 'none' },
});
/** Proposes what the plan does not have: a buffer called after what it does to the time, or to the gate. */
const skill = (...ids: string[]): Skill => ({
  ...{ specificationVersion: 'v1', kind: 'optimization', id: 'opt', doc: '' },
  match: ({ plan }) =>
    ids.filter((id) => !buffers(plan).includes(id)).map((subject) => ({ skill: 'opt', subject, evidence: [] })),
  propose: (_, { subject }) => proposal(subject),
});
const finding: Finding = { skill: 'debug', cause: 'it is bad', evidence: ['seen'], edits: [edit('cure')] };
const debug: Skill = {
  ...{ specificationVersion: 'v1', kind: 'debug', id: 'debug', doc: '' },
  match: ({ failure, plan }) =>
    failure !== null && buffers(plan).includes('bad') ? [{ skill: 'debug', subject: 'bad', evidence: [] }] : [],
  diagnose: () => finding,
};
const tryIt = (id: string): Decision => ({ kind: 'try-proposal', proposal: id, reason: 'why not', cites: ['l'] });
const GATE: Decision = { kind: 'run-gate' };
const EFFECT: Readonly<Record<string, number>> = {
  half: 0.5,
  tenth: 0.9,
  nothing: 0.995,
  bad: 0.5,
  harms: 0.5,
  late: 0.5,
};

interface World {
  readonly request: OptimizationRequest;
  readonly saved: OptimizationAttempt[];
  readonly issues: NewIssue[];
  readonly seen: readonly Observation[];
  gates: number;
}

function world(decisions: Decision[], changes: Partial<OptimizationRequest> = {}): World {
  const saved: OptimizationAttempt[] = [];
  const issues: NewIssue[] = [];
  const agent = scriptedAgent(decisions);
  const verdict = (plan: Plan, failing: readonly string[]): GateResult => {
    const fails = buffers(plan).some((id) => failing.includes(id)) && !buffers(plan).includes('cure');
    const report = { ...reportWithoutGate(5, 'decode', fails ? 'too far off' : 'fine', null, 'policy', {}) };
    const judged = { ...report, verdict: fails ? ('fail' as const) : ('pass' as const) };
    return { report: judged, failure: fails ? { kind: 'gate', report: judged } : null };
  };
  const made: World = {
    ...{ saved, issues, seen: agent.observations, gates: 0 },
    request: {
      ...{ phase: 5, device: {} as never, agent, instruction: null, lessons: [], maxDecisions: 20 },
      origin: { target: 't', modelFamily: 'f', modelDigest: 'd', prefillLength: 1, contextLength: 2 },
      ...{ skills: [skill('half', 'tenth', 'nothing', 'bad', 'harms', 'late'), debug], baseline, attempts: [] },
      objective: 'token',
      time: async (plan) => ({
        token: estimateOf(buffers(plan).reduce((us, id) => us * (EFFECT[id] ?? 1), 1000)),
        timeToFirstToken: estimateOf(buffers(plan).includes('harms') ? 1100 : 1000),
        profile: { entries: [] },
      }),
      gate: async (plan) => {
        made.gates++;
        return verdict(plan, ['bad']);
      },
      finalGate: async (plan) => verdict(plan, ['bad', 'late']),
      saveAttempt: async (attempt) => void saved.push(attempt),
      ...{ recordLesson: async () => {}, onStep: () => {}, onIssue: async (issue) => void issues.push(issue) },
      ...changes,
    },
  };
  return made;
}

describe('runOptimizationLoop', () => {
  it('keeps what is faster and passes, and says why it takes back the rest; the gate runs only for what is faster', async () => {
    const script = [tryIt('half'), tryIt('nothing'), tryIt('harms'), tryIt('tenth'), GATE];
    const made = world(script);
    const outcome = await runOptimizationLoop(made.request);
    expect(outcome.kind).toBe('passed');
    expect(buffers(outcome.plan)).toEqual(['half', 'tenth']);
    expect(made.gates).toBe(2);
    expect(made.saved.map(({ attempt, kept, beforeUs, afterUs }) => [attempt, kept, beforeUs, afterUs])).toEqual([
      [1, true, 1000, 500],
      [2, false, 500, 497.5],
      [3, false, 500, 250],
      [4, true, 500, 450],
    ]);
    expect(made.saved[1]?.rejection).toContain('falls by 0.50 %');
    expect(made.saved[2]?.rejection).toContain('time to first token would rise');
    expect(made.saved[0]).toMatchObject({
      cites: ['l'],
      skill: 'opt',
      expectedGainUs: 1,
      planDigest: made.saved[2]?.planDigest,
    });
    expect(digest(replayAttempts(baseline, made.saved).plan)).toBe(digest(outcome.plan));
  });

  it('does not make the same attempt on the same plan twice, also after an interruption', async () => {
    const first = world([tryIt('nothing'), tryIt('nothing'), GATE]);
    await runOptimizationLoop(first.request);
    expect(first.saved).toHaveLength(1);
    const second = world([tryIt('nothing'), tryIt('half'), GATE], { attempts: first.saved });
    await runOptimizationLoop(second.request);
    expect(second.seen[0]?.attempts).toEqual(first.saved);
    expect(second.saved.map(({ attempt, proposal: id }) => [attempt, id])).toEqual([[2, 'half']]);
  });

  it('shows findings about what failed, and tries it again with the cure', async () => {
    const cure: Decision = { kind: 'apply-finding', finding: 0, reason: 'try it' };
    const made = world([tryIt('bad'), cure, GATE]);
    const outcome = await runOptimizationLoop(made.request);
    expect(outcome.kind).toBe('passed');
    expect(buffers(outcome.plan)).toEqual(['bad', 'cure']);
    expect(made.seen[1]?.findings).toEqual([finding]);
    expect(made.seen[1]?.situation.failure).toBeNull();
    expect(made.saved.map(({ proposal: id, kept }) => [id, kept])).toEqual([
      ['bad', false],
      ['bad', true],
    ]);
    expect(made.issues[0]).toMatchObject({ diagnosis: ['debug: it is bad'], mustAct: 'author of the skill' });

    // Interrupted after the failure: the finding is there again.
    const resumed = world([cure, GATE], { attempts: made.saved.slice(0, 1) });
    expect(buffers((await runOptimizationLoop(resumed.request)).plan)).toEqual(['bad', 'cure']);
    expect(resumed.saved[0]?.planDigest).toBe(made.saved[1]?.planDigest);
  });

  it('lets the closing gate have the last word, and takes back until it passes', async () => {
    const revert: Decision = { kind: 'revert', reason: 'it fails' };
    const made = world([tryIt('half'), tryIt('late'), GATE, revert, GATE]);
    const outcome = await runOptimizationLoop(made.request);
    expect(outcome.kind).toBe('passed');
    expect(buffers(outcome.plan)).toEqual(['half']);
    expect(made.seen[3]?.situation.failure).toMatchObject({ kind: 'gate' });
    expect(made.saved.at(-1)).toMatchObject({ proposal: 'revert', kept: true, beforeUs: 250, afterUs: 500 });
    expect(digest(replayAttempts(baseline, made.saved).plan)).toBe(digest(outcome.plan));
    expect(made.issues[0]?.problem).toContain('does not pass together');
  });

  it('fails where what was kept does not pass and the agent stops, and passes where it does', async () => {
    expect((await runOptimizationLoop(world([tryIt('late'), GATE]).request)).kind).toBe('failed');
    expect((await runOptimizationLoop(world([tryIt('late')]).request)).kind).toBe('failed');
    const stopped = await runOptimizationLoop(world([tryIt('half')]).request);
    expect([stopped.kind, buffers(stopped.plan)]).toEqual(['passed', ['half']]);
    const bounded = world([tryIt('half'), tryIt('tenth'), GATE], { maxDecisions: 1 });
    expect(buffers((await runOptimizationLoop(bounded.request)).plan)).toEqual(['half']);
  });

  it('ends at a limit with the best plan that passes, without the agent', async () => {
    const limited = (decisions: number): NonNullable<OptimizationRequest['session']> => {
      let asked = 0;
      return {
        ...{ remaining: () => ({}), instruments: () => ({ skills: [], preview: async () => ({}) as never }) },
        ...{ entries: () => [], record: async () => {}, ended: (limit) => void limits.push(limit) },
        // Looked at once before the first decision.
        limit: () => (asked++ <= decisions ? null : 'used up'),
      };
    };
    const limits: string[] = [];
    const kept = world([tryIt('half'), tryIt('tenth')], { session: limited(1) });
    const outcome = await runOptimizationLoop(kept.request);
    expect([outcome.kind, buffers(outcome.plan)]).toEqual(['passed', ['half']]);

    const late = world([tryIt('half'), tryIt('late'), GATE], { session: limited(3) });
    const mended = await runOptimizationLoop(late.request);
    expect([mended.kind, buffers(mended.plan)]).toEqual(['passed', ['half']]);
    expect(late.saved.at(-1)).toMatchObject({ proposal: 'revert', kept: true });
    expect(digest(replayAttempts(baseline, late.saved).plan)).toBe(digest(mended.plan));

    const none = world([tryIt('half')], { session: limited(-1) });
    const untouched = await runOptimizationLoop(none.request);
    expect([untouched.kind, untouched.plan, none.seen]).toEqual(['passed', baseline, []]);
    expect(limits).toEqual(['used up', 'used up', 'used up']);
  });

  it('notices an agent that tries the same again and again', async () => {
    const decisions: Decision[] = Array.from({ length: 12 }, () => tryIt('nothing'));
    const made = world([tryIt('half'), ...decisions, tryIt('tenth')]);
    const outcome = await runOptimizationLoop(made.request);
    expect([outcome.kind, buffers(outcome.plan)]).toEqual(['passed', ['half']]);
    expect(made.seen).toHaveLength(10);
    expect(made.saved).toHaveLength(2);

    const back: Decision = { kind: 'revert', reason: 'no' };
    const look: Decision = { kind: 'profile' };
    const idle = world([back, look, back, look, back, look, back, look, tryIt('half')]);
    expect(buffers((await runOptimizationLoop(idle.request)).plan)).toEqual([]);
  });

  it('survives edits that do not fit and answers that make no sense', async () => {
    const wrong: Decision = {
      ...{ kind: 'author-edits', reason: 'tidy up' },
      edits: [{ kind: 'remove-buffer', section: 'head', buffer: 'none' }],
    };
    const made = world([wrong, tryIt('unknown'), { kind: 'dance' } as unknown as Decision, GATE]);
    expect((await runOptimizationLoop(made.request)).kind).toBe('passed');
    expect(made.saved).toHaveLength(1);
    expect(made.saved[0]).toMatchObject({ proposal: 'authored', skill: null, afterUs: null, kept: false });
    expect(made.issues[0]).toMatchObject({ mustAct: 'author of the agent' });
  });
});

describe('replayAttempts', () => {
  it('stops at what does not lead to the plan that it names', async () => {
    const made = world([tryIt('half'), tryIt('tenth'), GATE]);
    const { plan } = await runOptimizationLoop(made.request);
    expect(replayAttempts(baseline, made.saved)).toEqual({ plan, attempts: made.saved });
    const forged = made.saved.map((attempt, index) => (index === 1 ? { ...attempt, edits: [edit('other')] } : attempt));
    const { attempts, plan: before } = replayAttempts(baseline, forged);
    expect([attempts.length, buffers(before)]).toEqual([1, ['half']]);
    expect(replayAttempts(plan, made.saved).attempts).toEqual([]);
  });
});
