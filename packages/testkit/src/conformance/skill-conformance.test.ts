import type { DebugSkill, OptimizationSkill, Plan, PlanEdit, Situation } from '@tilewright/spec';
import { planSchema } from '@tilewright/spec/schemas';
import { describe, expect, test } from 'vitest';
import { smallPlan, smallSituation } from '../situations/small-situation.ts';
import { debugSkillConformance } from './debug-skill-conformance.ts';
import { failingCases } from './failing-cases.ts';
import { optimizationSkillConformance } from './optimization-skill-conformance.ts';
import type { SkillTrial } from './skill-cases.ts';

const keep: PlanEdit = {
  kind: 'set-residency',
  section: 'prefill',
  buffer: 'attention_residual',
  residency: 'device',
  role: 'intermediate',
};

/** As much of the registry's `applyEdits` as these tests need. */
function applyEdits(plan: Plan, edits: readonly PlanEdit[]): Plan {
  let { prefill } = plan.sections;
  for (const edit of edits) {
    if (edit.kind !== 'set-residency') continue;
    const { residency, role } = edit;
    const buffers = prefill.buffers.map((buffer) =>
      buffer.id === edit.buffer ? { ...buffer, residency, role } : buffer,
    );
    prefill = { ...prefill, buffers };
  }
  return { ...plan, sections: { ...plan.sections, prefill } };
}

const doc = (name: string) => `---\nname: ${name}\ndescription: Keeps a value on the device.\n---\n\n# What to do\n`;
const isOnHost = ({ plan }: Situation) =>
  plan.sections.prefill.buffers.some(({ id, residency }) => id === 'attention_residual' && residency === 'host');

const honest: OptimizationSkill = {
  specificationVersion: 'v1',
  kind: 'optimization',
  id: 'keep-it',
  doc: doc('keep-it'),
  match: (situation) =>
    isOnHost(situation)
      ? [{ skill: 'keep-it', subject: 'attention_residual', evidence: ['2,048 bytes go through the host.'] }]
      : [],
  propose: (_, match) => ({
    id: `keep-it:${match.subject}`,
    skill: 'keep-it',
    summary: 'Keep it on the device.',
    edits: [keep],
    expectedGainUs: 12,
    safety: 'Only dispatches touch it.',
  }),
};

function trialOf(skill: OptimizationSkill): SkillTrial<OptimizationSkill> {
  const situation = smallSituation(4);
  const kept = { ...situation, plan: applyEdits(situation.plan, [keep]) };
  return { skill, applies: [situation], doesNotApply: [kept], applyEdits };
}

test('the small plan is a Plan', () => {
  expect(planSchema.safeParse(smallPlan()).error).toBeUndefined();
});

describe('an honest optimisation skill', () => {
  for (const { name, run } of optimizationSkillConformance(trialOf(honest))) test(name, run);
});

describe('a broken optimisation skill', () => {
  const propose =
    (change: object): OptimizationSkill['propose'] =>
    (situation, match) => ({
      ...honest.propose(situation, match),
      ...change,
    });
  const BROKEN: Readonly<Record<string, { change: Partial<OptimizationSkill>; caughtBy: RegExp }>> = {
    'one that never applies': { change: { match: () => [] }, caughtBy: /finds where it applies/ },
    'one that always applies': {
      change: { match: () => [{ skill: 'keep-it', subject: 'attention_residual', evidence: ['Always.'] }] },
      caughtBy: /where it does not apply[\s\S]*not propose them again/,
    },
    'one without evidence': {
      change: { match: (situation) => honest.match(situation).map((match) => ({ ...match, evidence: [] })) },
      caughtBy: /with evidence/,
    },
    'one that changes the plan itself': {
      change: {
        match: (situation) => {
          const matches = honest.match(situation);
          (situation.plan as { prefillLength: number }).prefillLength = 32;
          return matches;
        },
      },
      caughtBy: /leaves a situation as it was/,
    },
    'one that edits what is not there': {
      change: { propose: propose({ edits: [{ ...keep, buffer: 'absent' }] }) },
      caughtBy: /edits fit the plan/,
    },
    'one whose edits are of no kind': {
      change: { propose: propose({ edits: [{ kind: 'go-faster', section: 'prefill' }] }) },
      caughtBy: /edits fit the plan/,
    },
    'one that proposes nothing': { change: { propose: propose({ edits: [] }) }, caughtBy: /edits fit the plan/ },
    'one that promises nothing': {
      change: { propose: propose({ expectedGainUs: 0 }) },
      caughtBy: /what it should gain/,
    },
    'one that is not sure why': { change: { propose: propose({ safety: '' }) }, caughtBy: /why it is safe/ },
    'one with a document for another': { change: { doc: doc('other') }, caughtBy: /valid SKILL\.md/ },
    'one with angle brackets': {
      change: { doc: '---\nname: keep-it\ndescription: Keeps <value>.\n---\n\nText\n' },
      caughtBy: /valid SKILL\.md/,
    },
    'one whose YAML only a lenient parser takes': {
      change: { doc: '---\nname: keep-it\ndescription: Keeps: a value\n---\n\nText\n' },
      caughtBy: /valid SKILL\.md/,
    },
  };
  for (const [name, { change, caughtBy }] of Object.entries(BROKEN)) {
    test(`${name} is caught`, async () => {
      const cases = optimizationSkillConformance(trialOf({ ...honest, ...change }));
      expect((await failingCases(cases)).join('\n')).toMatch(caughtBy);
    });
  }
});

describe('debug skills', () => {
  const skill: DebugSkill = {
    specificationVersion: 'v1',
    kind: 'debug',
    id: 'blame-it',
    doc: doc('blame-it'),
    match: ({ failure }) =>
      failure?.kind === 'compile' ? [{ skill: 'blame-it', subject: 'herd', evidence: ['It did not compile.'] }] : [],
    diagnose: () => ({ skill: 'blame-it', cause: 'The tile is too large.', evidence: ['L1 is full.'], edits: [keep] }),
  };
  const situation: Situation = { ...smallSituation(1), failure: { kind: 'compile', diagnostics: [] } };
  const trial = { skill, applies: [situation], doesNotApply: [smallSituation(1)], applyEdits };

  test('an honest one passes', async () => {
    expect(await failingCases(debugSkillConformance(trial))).toEqual([]);
  });

  test('one that matches without a failure, or names no cause, is caught', async () => {
    const eager = { ...skill, match: () => skill.match(situation) };
    const vague = {
      ...skill,
      diagnose: () => ({ ...skill.diagnose(situation, skill.match(situation)[0]), cause: '' }),
    };
    expect(await failingCases(debugSkillConformance({ ...trial, skill: eager }))).toContain(
      'without a failure it finds nothing',
    );
    expect((await failingCases(debugSkillConformance({ ...trial, skill: vague }))).join()).toMatch(/names the cause/);
  });
});
