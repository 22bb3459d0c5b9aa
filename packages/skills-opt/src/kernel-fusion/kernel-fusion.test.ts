import { applyEdits, checkPlan, invertEdits, lowerPlan, naivePlan } from '@tilewright/kernel-registry';
import type { ModelSpec, Plan, Situation } from '@tilewright/spec';
import { SMALL_DEVICE, smallPlan } from '@tilewright/testkit';
import { expect, test } from 'vitest';
import { multiKernelMerging } from '../multi-kernel-merging/multi-kernel-merging.ts';
import { kernelFusion } from './kernel-fusion.ts';

/** Wide enough for the fused kernels: K in 512s, four times 64 to a row of cores. */
const MODEL: ModelSpec = {
  ...smallPlan().model,
  hiddenSize: 512,
  intermediateSize: 512,
  heads: 8,
  headDim: 64,
  keyValueHeads: 2,
};
const DEVICE = {
  ...SMALL_DEVICE,
  columns: 8,
  computeRows: 4,
  l1BytesPerTile: 65_536,
  l2BytesPerMemtile: 524_288,
};

function situationOf(model: ModelSpec, phase = 5): Situation {
  const plan = naivePlan(model, DEVICE, { prefillLength: 32, contextLength: 64 });
  return { phase, plan, device: DEVICE, profile: null, failure: null };
}

function merged(situation: Situation): Situation {
  const edits = multiKernelMerging
    .match(situation)
    .flatMap((match) => multiKernelMerging.propose(situation, match).edits);
  return { ...situation, plan: applyEdits(situation.plan, edits) };
}

function fused(situation: Situation): Plan {
  let { plan } = situation;
  for (;;) {
    const now = { ...situation, plan };
    const [match] = kernelFusion.match(now);
    if (match === undefined) return plan;
    plan = applyEdits(plan, kernelFusion.propose(now, match).edits);
  }
}

const launches = (plan: Plan): readonly string[][] =>
  plan.sections.decode.layer.flatMap((step) => (step.kind === 'dispatch' ? [step.launches.map(({ id }) => id)] : []));

test('a merged decode layer is left with two dispatches of six and three launches, as published', () => {
  const plan = fused(merged(situationOf(MODEL)));
  expect(launches(plan)).toEqual([
    ['input_norm', 'q_proj', 'k_proj', 'v_proj', 'q_rope', 'k_rope'],
    ['attention_residual', 'silu_mul', 'output'],
  ]);
  expect(checkPlan(plan, DEVICE)).toEqual([]);
  expect(
    lowerPlan(plan, DEVICE).dispatches.find(({ id }) => id === 'decode/o_proj_to_output')?.program.launches,
  ).toHaveLength(3);
});

test('single dispatches become one each', () => {
  const plan = fused(situationOf(MODEL));
  expect(launches(plan).slice(-3)).toEqual([['attention_residual'], ['silu_mul'], ['output']]);
  expect(checkPlan(plan, DEVICE)).toEqual([]);
  const weights = plan.sections.decode.buffers.find(({ id }) => id === 'gate_proj.weight+up_proj.weight');
  expect(weights).toMatchObject({
    scope: 'layer',
    layout: { rows: 1024 },
    content: { interleavedWith: 'up_proj.weight' },
  });
});

test('every proposal can be taken back', () => {
  for (const situation of [situationOf(MODEL), merged(situationOf(MODEL))]) {
    for (const match of kernelFusion.match(situation)) {
      const { edits, expectedGainUs } = kernelFusion.propose(situation, match);
      const after = applyEdits(situation.plan, edits);
      expect(applyEdits(after, invertEdits(situation.plan, edits))).toEqual(situation.plan);
      expect(expectedGainUs).toBeGreaterThan(0);
    }
  }
});

test('where limits do not allow it, nothing is proposed', () => {
  const subjects = (model: ModelSpec): readonly string[] =>
    kernelFusion.match(situationOf(model)).map(({ subject }) => subject);
  expect(subjects(MODEL)).toEqual(['decode attention_residual', 'decode silu_mul', 'decode output']);
  // Too wide for the norm and its four rows of cores, and K of the projections still in 512s.
  expect(subjects({ ...MODEL, hiddenSize: 2560 })).toEqual(['decode attention_residual', 'decode output']);
  expect(subjects({ ...MODEL, intermediateSize: 640 })).toEqual(['decode attention_residual']);
  expect(subjects({ ...MODEL, bias: { ...MODEL.bias, output: true } })).toEqual(['decode silu_mul', 'decode output']);
  expect(kernelFusion.match(situationOf(MODEL, 4))).toEqual([]);
});

test('a value that somebody else reads is not kept inside', () => {
  const situation = situationOf(MODEL);
  const spy = { kind: 'host', id: 'spy', operation: { name: 'transpose', input: 'o_proj', output: 'o_proj' } } as const;
  const index = situation.plan.sections.decode.layer.length;
  const plan = applyEdits(situation.plan, [
    { kind: 'insert-step', section: 'decode', part: 'layer', index, step: spy },
  ]);
  expect(kernelFusion.match({ ...situation, plan }).map(({ subject }) => subject)).not.toContain(
    'decode attention_residual',
  );
});

test('a launch that says that it has more inside than its kernel is refused', () => {
  const plan = fused(situationOf(MODEL));
  const lie = JSON.parse(JSON.stringify(plan), (key, value) => (key === 'inside' ? [...value, 'v_proj'] : value));
  expect(checkPlan(lie, DEVICE).length).toBeGreaterThan(0);
  const silent = JSON.parse(JSON.stringify(plan), (key, value) => (key === 'inside' ? undefined : value));
  expect(checkPlan(silent, DEVICE).length).toBeGreaterThan(0);
});
