import {
  type Agent,
  CompileError,
  type Decision,
  type DeployedModel,
  type Diagnostic,
  type GateReport,
  type Observation,
  type Plan,
  type PlanEdit,
  plainAxis,
  RuntimeFault,
  type Skill,
  TilewrightError,
} from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import type { NewIssue } from '../workspace/journal.ts';
import { type LoopRequest, runPhaseLoop } from './phase-loop.ts';
import { reportWithoutGate } from './report-without-gate.ts';

const ORIGIN = {
  ...{ target: 't', modelFamily: 'llama', modelDigest: 'sha256:m' },
  ...{ prefillLength: 16, contextLength: 32 },
};
const section = { buffers: [], residual: null, once: [], layer: [] };
const plan = {
  specificationVersion: 'v1',
  sections: { prefill: section, decode: section, head: section },
} as unknown as Plan;
/** An edit that can be seen in the plan: a buffer of this name. */
const edit = (id: string): PlanEdit => ({
  ...{ kind: 'add-buffer', section: 'head' },
  buffer: {
    ...{ id, role: 'intermediate', residency: 'host', scope: 'model', format: 'bf16', content: { kind: 'scratch' } },
    layout: { order: 'sequence-first', rows: 1, heads: 1, columns: plainAxis(8) },
  },
});
const buffers = (of: Plan): string[] => of.sections.head.buffers.map(({ id }) => id);
const report = (verdict: GateReport['verdict'], summary = verdict): GateReport => ({
  ...reportWithoutGate(1, 'kernels', summary, null, 'policy', {}),
  verdict,
});
const deployed = { start: () => ({ forward: () => Promise.reject(new RuntimeFault('timeout', 'd', 'stuck', dump)) }) };
const dump = { actors: [], locks: [], channels: [] };

interface Script {
  readonly decisions: (Decision | unknown)[];
  readonly seen: Observation[];
  readonly steps: string[];
  readonly lessons: string[];
  readonly issues: NewIssue[];
}

function scripted(
  decisions: (Decision | unknown)[],
  changes: Partial<LoopRequest> = {},
): { script: Script; request: LoopRequest } {
  const script: Script = { decisions: [...decisions], seen: [], steps: [], lessons: [], issues: [] };
  const agent: Agent = {
    specificationVersion: 'v1',
    id: 'scripted',
    decide: async (observation) => {
      script.seen.push(observation);
      return (script.decisions.shift() ?? { kind: 'give-up', reason: 'end of script' }) as Decision;
    },
  };
  return {
    script,
    request: {
      ...{ phase: 1, plan, device: {} as never, agent, skills: [], instruction: null, maxDecisions: 10 },
      build: async () => deployed as unknown as DeployedModel,
      gate: async (_, current) => report(buffers(current).includes('cure') ? 'pass' : 'fail'),
      profile: async () => ({ entries: [] }),
      recordLesson: async (lesson) => void script.lessons.push(lesson),
      onStep: (step) => script.steps.push(step),
      onIssue: async (issue) => void script.issues.push(issue),
      ...{ lessons: [], origin: ORIGIN },
      ...changes,
    },
  };
}

const debug: Skill = {
  ...{ specificationVersion: 'v1', kind: 'debug', id: 'debug-x', doc: '' },
  match: ({ failure }) => (failure ? [{ skill: 'debug-x', subject: 'x', evidence: ['seen'] }] : []),
  diagnose: () => ({ skill: 'debug-x', cause: 'the cause', evidence: ['seen'], edits: [edit('cure')] }),
};

describe('runPhaseLoop', () => {
  it('passes only by its gate, and keeps the plan that passed', async () => {
    const { request, script } = scripted(
      [{ kind: 'run-gate' }, { kind: 'apply-finding', finding: 0, reason: 'try it' }, { kind: 'run-gate' }],
      { skills: [debug] },
    );
    const outcome = await runPhaseLoop(request);
    expect(outcome.kind).toBe('passed');
    expect(buffers(outcome.plan)).toEqual(['cure']);
    expect(script.seen.map(({ situation }) => situation.failure?.kind ?? null)).toEqual([null, 'gate', null]);
    expect(script.seen[1]?.findings[0]?.cause).toBe('the cause');
    expect(script.seen.map(({ attempt }) => attempt)).toEqual([0, 1, 2]);
    expect(outcome.cures.map(({ skill }) => skill)).toEqual(['debug-x']);
    expect(script.issues).toMatchObject([
      { problem: 'fail', diagnosis: ['debug-x: the cause'], cure: expect.stringContaining('the cause'), mustAct: null },
    ]);
  });

  it('says which failure the agent’s own edits got the plan over, and not what others proposed', async () => {
    const author = (buffer: string): Decision => ({ kind: 'author-edits', edits: [edit(buffer)], reason: 'mine' });
    const gate: Decision = { kind: 'run-gate' };
    const { request } = scripted([author('early'), gate, author('a'), author('b'), gate, author('cure'), gate]);
    const { mended, cures } = await runPhaseLoop(request);
    expect(cures).toEqual([]);
    expect(mended.map(({ edits }) => edits)).toEqual([[edit('a'), edit('b')], [edit('cure')]]);
    expect(mended.map(({ plan: failed, failure }) => [buffers(failed), failure.kind])).toEqual([
      [['early'], 'gate'],
      [['early', 'a', 'b'], 'gate'],
    ]);
    const proposed = scripted([gate, { kind: 'apply-finding', finding: 0, reason: 'try it' }, gate], {
      skills: [debug],
    });
    expect((await runPhaseLoop(proposed.request)).mended).toEqual([]);
  });

  it('shows a compile error with all its diagnostics', async () => {
    const diagnostics = [{ code: 'l1-exceeded', message: 'too much' }] as Diagnostic[];
    const { request, script } = scripted([{ kind: 'run-gate' }, { kind: 'ask-human', question: 'what now?' }], {
      build: () => Promise.reject(new CompileError(diagnostics)),
    });
    const outcome = await runPhaseLoop(request);
    expect(outcome).toMatchObject({ kind: 'asks', reason: 'what now?', report: null });
    expect(script.seen[1]?.situation.failure).toEqual({ kind: 'compile', diagnostics });
  });

  it('shows the dump of a fault that the gate met', async () => {
    const { request, script } = scripted([{ kind: 'run-gate' }], {
      gate: async (model) => {
        await model
          .start()
          .forward({ tokens: [1] })
          .catch(() => {});
        return report('fail');
      },
    });
    expect((await runPhaseLoop(request)).kind).toBe('failed');
    expect(script.seen[1]?.situation.failure).toEqual({ kind: 'runtime', dispatch: 'd', fault: 'timeout', dump });
  });

  it('leaves what no skill matches to the human, with what is known', async () => {
    const { request, script } = scripted([{ kind: 'run-gate' }, { kind: 'ask-human', question: 'what is it?' }]);
    expect((await runPhaseLoop(request)).kind).toBe('asks');
    expect(script.issues).toEqual([{ problem: 'fail', diagnosis: [], cure: null, mustAct: 'human' }]);
  });

  it('takes changes back, and says so when there is none', async () => {
    const { request, script } = scripted([
      { kind: 'author-edits', edits: [edit('a')], reason: 'maybe' },
      { kind: 'revert', reason: 'no' },
      { kind: 'revert', reason: 'no' },
    ]);
    const outcome = await runPhaseLoop(request);
    expect(script.seen.map(({ situation }) => buffers(situation.plan))).toEqual([[], ['a'], [], []]);
    expect(outcome.plan).toBe(plan);
    expect(script.steps).toContain('there is nothing to take back');
  });

  it('survives answers that make no sense', async () => {
    const { request, script } = scripted([
      'yes',
      { kind: 'pass-the-gate' },
      { kind: 'author-edits', edits: [], reason: '' },
      { kind: 'try-proposal', proposal: 'none', reason: '' },
      { kind: 'apply-finding', finding: 3, reason: '' },
      { kind: 'author-edits', edits: [{ kind: 'remove-buffer', section: 'head', buffer: 'none' }], reason: 'why not' },
    ]);
    const outcome = await runPhaseLoop(request);
    expect(outcome).toMatchObject({ kind: 'failed', reason: 'end of script' });
    expect(outcome.plan).toBe(plan);
    expect(script.steps.filter((step) => step.includes('makes no sense'))).toHaveLength(3);
    expect(script.seen[1]?.steps).toEqual([expect.stringContaining('makes no sense')]);
    expect(script.seen.flatMap(({ steps }) => steps)).toEqual(script.steps);
    expect(script.steps.at(-1)).toContain('impossible');
  });

  it('takes back a change that leaves a plan that cannot be lowered, but not the plan that it began with', async () => {
    const build: LoopRequest['build'] = async (current) => {
      if (buffers(current).length > 0) throw new TilewrightError('plan-invalid', 'no', 'no');
      return deployed as unknown as DeployedModel;
    };
    const change = { kind: 'author-edits', edits: [edit('a')], reason: 'maybe' };
    const { request, script } = scripted([change, { kind: 'run-gate' }], { build });
    expect((await runPhaseLoop(request)).plan).toBe(plan);
    expect(script.steps.at(-1)).toContain('taken back');

    const broken = {
      ...plan,
      sections: { ...plan.sections, head: { ...section, buffers: [{ id: 'x' }] } },
    } as unknown as Plan;
    const { request: hopeless } = scripted([{ kind: 'run-gate' }], { build, plan: broken });
    await expect(runPhaseLoop(hopeless)).rejects.toMatchObject({ code: 'plan-invalid' });
  });

  it('passes over a skill that throws', async () => {
    const broken: Skill = {
      ...debug,
      id: 'broken',
      match: () => {
        throw new Error('oops');
      },
    };
    const { request, script } = scripted([{ kind: 'run-gate' }], { skills: [broken, debug] });
    await runPhaseLoop(request);
    expect(script.steps).toContain('the skill broken failed: oops');
    expect(script.seen[1]?.findings).toHaveLength(1);
  });

  it('profiles, records lessons, and ends with its decisions', async () => {
    const { request, script } = scripted(
      [{ kind: 'profile' }, { kind: 'record-lesson', lesson: 'pad heads', evidence: ['a'] }],
      { maxDecisions: 2 },
    );
    const outcome = await runPhaseLoop(request);
    expect(outcome).toMatchObject({ kind: 'failed', reason: expect.stringContaining('2 decisions') });
    expect(script.seen[1]?.situation.profile).toEqual({ entries: [] });
    expect(script.lessons).toEqual(['pad heads']);
  });

  it('goes by what happened, whatever the agent does to what it is shown', async () => {
    const { request, script } = scripted([{ kind: 'run-gate' }]);
    const forger: Agent = {
      ...request.agent,
      decide: async (observation) => {
        for (const one of observation.reports) Reflect.set(one, 'verdict', 'pass');
        Reflect.set(observation.situation.plan.sections.head.buffers, 0, { id: 'cure' });
        return request.agent.decide(observation);
      },
    };
    const outcome = await runPhaseLoop({ ...request, agent: forger });
    expect(outcome).toMatchObject({
      kind: 'failed',
      report: { verdict: 'fail' },
      failure: { report: { verdict: 'fail' } },
    });
    expect([outcome.plan, buffers(plan), script.seen.length]).toEqual([plan, [], 2]);
  });

  it('ends at a limit with the gate, on the plan that stands or else on the one that it began with', async () => {
    const limits: string[] = [];
    const limitedTo = (decisions: number): NonNullable<LoopRequest['session']> => ({
      ...{ remaining: () => ({}), instruments: () => ({ skills: [], preview: async () => ({}) as never }) },
      ...{ entries: () => [], record: async () => {}, ended: (limit) => void limits.push(limit) },
      limit: () => (asked++ < decisions ? null : 'used up'),
    });
    let asked = 0;
    const cured = scripted([{ kind: 'author-edits', edits: [edit('cure')], reason: 'maybe' }], {
      session: limitedTo(1),
    });
    const passed = await runPhaseLoop(cured.request);
    expect([passed.kind, buffers(passed.plan)]).toEqual(['passed', ['cure']]);
    expect(cured.script.steps).toContain('the agent is not asked any more: used up');

    // The plan that it began with passes, and what the agent made of it does not.
    asked = 0;
    const gates: string[][] = [];
    const gate: LoopRequest['gate'] = async (_, current) => {
      gates.push(buffers(current));
      return report(buffers(current).length === 0 ? 'pass' : 'fail');
    };
    const spoilt = [
      { kind: 'author-edits', edits: [edit('a')], reason: 'maybe' },
      { kind: 'run-gate' },
      { kind: 'author-edits', edits: [edit('b')], reason: 'maybe' },
    ];
    const back = await runPhaseLoop(scripted(spoilt, { gate, session: limitedTo(3) }).request);
    expect([back.kind, back.plan]).toEqual(['passed', plan]);
    expect(gates).toEqual([['a'], ['a', 'b'], []]);

    // No gate is run twice on one plan.
    asked = 0;
    gates.length = 0;
    const failing: LoopRequest['gate'] = async (_, current) => {
      gates.push(buffers(current));
      return report('fail');
    };
    const failed = await runPhaseLoop(
      scripted([{ kind: 'run-gate' }], { gate: failing, session: limitedTo(1) }).request,
    );
    expect(failed).toMatchObject({ kind: 'failed', reason: 'used up fail', report: { verdict: 'fail' } });
    expect(gates).toEqual([[]]);
    expect(limits).toEqual(['used up', 'used up', 'used up']);
  });

  it('notices an agent that turns in circles, and ends as at a limit', async () => {
    const tidy = { kind: 'author-edits', edits: [edit('a')], reason: 'maybe' };
    const back = { kind: 'revert', reason: 'no' };
    const circles = (count: number): unknown[] => Array.from({ length: count }, () => [tidy, back]).flat();
    const nonsense = Array.from({ length: 8 }, () => 'yes');
    const profile = Array.from({ length: 9 }, () => ({ kind: 'profile' }));
    const gates = Array.from({ length: 9 }, () => ({ kind: 'run-gate' }));
    for (const decisions of [nonsense, profile, gates, circles(9)]) {
      const { request, script } = scripted([...decisions, { kind: 'ask-human', question: 'still here?' }], {
        maxDecisions: 40,
      });
      expect(await runPhaseLoop(request)).toMatchObject({
        kind: 'failed',
        reason: expect.stringContaining('8 decisions in a row'),
      });
      expect(script.decisions.length).toBeGreaterThan(0);
    }
    // Something new in between, and it may go on.
    const { request } = scripted([
      ...nonsense.slice(1),
      { kind: 'run-gate' },
      ...nonsense.slice(1),
      { kind: 'ask-human', question: 'still here?' },
    ]);
    expect((await runPhaseLoop({ ...request, maxDecisions: 40 })).kind).toBe('asks');
  });

  it('stops when it is asked to', async () => {
    const { request } = scripted([{ kind: 'run-gate' }], { signal: AbortSignal.abort() });
    await expect(runPhaseLoop(request)).rejects.toMatchObject({ code: 'aborted' });
  });
});
