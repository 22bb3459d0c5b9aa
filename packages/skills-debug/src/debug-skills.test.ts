import { applyEdits } from '@tilewright/kernel-registry';
import type { Diagnostic, Failure, FailureKind, GateReport, Plan, PlanEdit, Situation } from '@tilewright/spec';
import { addProgram, debugSkillConformance, failingCases, smallSituation } from '@tilewright/testkit';
import { describe, expect, test } from 'vitest';
import { bufferObjectCorruption } from './buffer-object-corruption/buffer-object-corruption.ts';
import { routingCongestion } from './routing-congestion/routing-congestion.ts';
import { runtimeFailure } from './runtime-failure/runtime-failure.ts';

const small = smallSituation(1);

function gateFailure(kind: FailureKind): Failure {
  const report: GateReport = {
    specificationVersion: 'v1',
    gate: 'block',
    phase: 2,
    verdict: 'fail',
    summary: 'a block deviates.',
    policyDigest: 'sha256:0',
    evidence: { plannedComparisons: 1, madeComparisons: 1, comparedElements: 9, seeds: [], subjects: {}, elapsedMs: 1 },
    comparisons: [],
    figures: [],
    failures: [{ kind, subject: 'prefill layers.1.output', message: 'too far', limit: 0.1, value: 0.4 }],
    firstDeviation: { layer: 1, kernel: 'output', section: 'prefill' },
  };
  return { kind: 'gate', report };
}

const compileFailure = (code: Diagnostic['code']): Failure => ({
  kind: 'compile',
  diagnostics: [
    {
      code,
      dispatch: 'prefill/output',
      launch: 'output',
      resource: 'MM2S channels of the shim tiles',
      needed: 18,
      available: 16,
      unit: 'channels',
      place: null,
      message: 'No shim tile has DMA capacity left.',
      cure: 'Use a smaller herd.',
    },
  ],
});

const timeout: Failure = {
  kind: 'runtime',
  dispatch: 'prefill/output',
  fault: 'timeout',
  dump: {
    actors: [
      {
        actor: 'core (0, 2) S2MM 0',
        state: 'waiting',
        waitsOn: 'channel a_l1[0] to be filled by shim 0 DMA 0',
        at: 'get',
      },
      { actor: 'shim 0 MM2S 0', state: 'done', waitsOn: null, at: 'end' },
    ],
    locks: [],
    channels: [{ name: 'a_l1[0]', elementsPut: 64, elementsTaken: 64 }],
  },
};

const keep = (buffer: string, role: 'static' | 'intermediate' | 'input' | 'output'): PlanEdit => ({
  kind: 'set-residency',
  section: 'prefill',
  buffer,
  residency: 'device',
  role,
});

const spoiled = (...edits: readonly PlanEdit[]): Plan => applyEdits(small.plan, edits);

/** The small plan with its prefill's first add walking an odd number of doubled tiles. */
const oddPlan: Plan = applyEdits(small.plan, [
  {
    kind: 'set-kernel',
    section: 'prefill',
    launch: 'attention_residual',
    kernel: {
      origin: 'authored',
      name: 'my-add',
      program: {
        ...addProgram({ tiles: 1, steps: 16, tile: 64 }),
        launches: addProgram({ tiles: 1, steps: 5, tile: 64 }).launches,
      },
    },
  },
]);

test.each([
  [
    runtimeFailure,
    [
      { ...small, failure: timeout },
      { ...small, plan: oddPlan, failure: gateFailure('tolerance-exceeded') },
    ],
    [
      { ...small, failure: gateFailure('tolerance-exceeded') },
      { ...small, plan: oddPlan, failure: gateFailure('shape-mismatch') },
      { ...small, failure: compileFailure('routing-congested') },
      { ...small, failure: { ...timeout, fault: 'invalid-access' } as Failure },
    ],
  ],
  [
    routingCongestion,
    [
      { ...small, failure: compileFailure('routing-congested') },
      { ...small, failure: compileFailure('shim-channels-exceeded') },
    ],
    [
      { ...small, failure: compileFailure('l1-exceeded') },
      { ...small, failure: timeout },
    ],
  ],
  [
    bufferObjectCorruption,
    [{ ...small, plan: spoiled(keep('attention_residual', 'static')), failure: gateFailure('tolerance-exceeded') }],
    [
      { ...small, failure: gateFailure('tolerance-exceeded') },
      { ...small, plan: spoiled(keep('attention_residual', 'static')), failure: gateFailure('shape-mismatch') },
      { ...small, plan: spoiled(keep('attention_residual', 'intermediate')), failure: gateFailure('divergence') },
    ],
  ],
] as const)('$id conforms', async (skill, applies: readonly Situation[], doesNotApply: readonly Situation[]) => {
  expect(await failingCases(debugSkillConformance({ skill, applies, doesNotApply, applyEdits }))).toEqual([]);
});

describe('buffer-object-corruption', () => {
  const cureOf = (...edits: readonly PlanEdit[]): readonly PlanEdit[] => {
    const situation = { ...small, plan: spoiled(...edits), failure: gateFailure('tolerance-exceeded') };
    return bufferObjectCorruption
      .match(situation)
      .flatMap((match) => bufferObjectCorruption.diagnose(situation, match).edits);
  };

  test('a static value that only launches touch becomes intermediate', () => {
    expect(cureOf(keep('attention_residual', 'static'))).toEqual([keep('attention_residual', 'intermediate')]);
  });

  test('the residual stream, which the host writes and the head reads, becomes output', () => {
    for (const role of ['static', 'intermediate', 'input'] as const) {
      expect(cureOf(keep('residual', role))).toEqual([keep('residual', 'output')]);
    }
  });

  test('what a launch writes is no input', () => {
    expect(cureOf(keep('attention_residual', 'input'))).toEqual([keep('attention_residual', 'intermediate')]);
  });

  test('two false roles are two findings', () => {
    expect(cureOf(keep('residual', 'static'), keep('attention_residual', 'static'))).toHaveLength(2);
  });

  test('the finding says what the gate found and where it began', () => {
    const plan = spoiled(keep('residual', 'static'));
    const situation = { ...small, plan, failure: gateFailure('tolerance-exceeded') };
    const [match] = bufferObjectCorruption.match(situation);
    const finding = bufferObjectCorruption.diagnose(situation, match as NonNullable<typeof match>);
    expect(finding.cause).toMatch(/residual is static.*prefill\/output writes it/);
    expect(finding.evidence.join('\n')).toMatch(/first deviation is at prefill output of layer 1/);
  });
});

test('a hang in an authored kernel has a cause and no edit', () => {
  const situation: Situation = { ...small, failure: timeout };
  const [match] = runtimeFailure.match(situation);
  const finding = runtimeFailure.diagnose(situation, match as NonNullable<typeof match>);
  expect(finding.cause).toBe(
    'Channel a_l1[0] runs dry after 64 elements: its producer stops before its consumers have what they want (launch output of prefill/output).',
  );
  expect(finding.edits).toEqual([]);
});

test('wrong numbers of a loop out of step are told by the loop, with what the gate found', () => {
  const situation: Situation = { ...small, plan: oddPlan, failure: gateFailure('tolerance-exceeded') };
  const [match, ...others] = runtimeFailure.match(situation);
  expect(others).toEqual([]);
  const finding = runtimeFailure.diagnose(situation, match as NonNullable<typeof match>);
  expect(finding.cause).toMatch(/attention_residual.*out of step with their DMA.*runs 5 times/);
  expect(finding.evidence.join('\n')).toMatch(/first deviation is at prefill output of layer 1/);
  expect(finding.evidence.join('\n')).toMatch(/my-add was brought as data/);
  expect(finding.edits).toEqual([]);
});

test('lost tasks come before the channels that they starve, and the chain is quoted', () => {
  const dump = {
    actors: [
      {
        actor: 'core (0, 2) S2MM 0',
        state: 'waiting' as const,
        waitsOn: 'channel a_l1[0] to be filled by shim 0 DMA 0',
        at: 'get',
      },
      {
        actor: 'shim 0 MM2S 0',
        state: 'waiting' as const,
        waitsOn: 'its task for transfer 6 of the batch, which was pushed to a full queue and is lost',
        at: 'put a_l1[0]',
      },
    ],
    chain: { actors: ['core (0, 2) S2MM 0', 'shim 0 MM2S 0'], circle: false },
    locks: [],
    channels: [{ name: 'a_l1[0]', elementsPut: 384, elementsTaken: 384 }],
  };
  const situation: Situation = { ...small, failure: { ...timeout, dump } as Failure };
  const [match] = runtimeFailure.match(situation);
  const finding = runtimeFailure.diagnose(situation, match as NonNullable<typeof match>);
  expect(finding.cause).toMatch(/pushes more tasks to shim 0 MM2S 0 than its queue holds/);
  expect(finding.evidence).toContain('Who waits for whom: core (0, 2) S2MM 0 → shim 0 MM2S 0.');
});
