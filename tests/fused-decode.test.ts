import { blockGate, kernelGate } from '@tilewright/gates';
import { applyEdits, lowerPlan, naivePlan } from '@tilewright/kernel-registry';
import { deployModel, estimateSchedule } from '@tilewright/npu-runtime';
import { createOracle, syntheticWeights } from '@tilewright/oracle';
import { kernelFusion, multiKernelMerging } from '@tilewright/skills-opt';
import type { DeployedModel, GateReport, ModelSpec, OptimizationSkill, Plan, Situation } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { optimizationSkillConformance, smallPlan } from '@tilewright/testkit';
import { expect, it } from 'vitest';

/** The smallest model that the fused decode kernels take: K in 512s and four rows of cores. */
const MODEL: ModelSpec = {
  ...smallPlan().model,
  ...{ hiddenSize: 512, intermediateSize: 1024, heads: 8, headDim: 64, keyValueHeads: 2, vocabularySize: 256 },
};

const target = xdna2Simulator();
const weights = syntheticWeights(MODEL, { seed: 3 });
const oracle = createOracle(MODEL, weights);

function appliedAll(plan: Plan, skill: OptimizationSkill): Plan {
  const situation: Situation = { phase: 5, plan, device: target.device, profile: null, failure: null };
  const [match] = skill.match(situation);
  return match === undefined ? plan : appliedAll(applyEdits(plan, skill.propose(situation, match).edits), skill);
}

const naive = naivePlan(MODEL, target.device, { prefillLength: 32, contextLength: 64 });
const fused = appliedAll(naive, kernelFusion);

async function deployed(plan: Plan): Promise<DeployedModel> {
  const compiled = await target.compile(lowerPlan(plan, target.device));
  return deployModel({ plan, compiled, target, weights });
}

async function kernels(model: DeployedModel): Promise<GateReport> {
  return kernelGate({ oracle, deployed: model, seeds: [1], promptTokens: 20, subjects: {}, decodeSteps: 1 });
}

it('gates accept decode kernels of several ops, and say what they have inside', async () => {
  const model = await deployed(fused);
  const request = { oracle, deployed: model, seeds: [1], promptTokens: 20, subjects: {} };
  const reports = [await kernels(model), await blockGate({ ...request, decodeSteps: 2 })];
  expect(reports.map(({ verdict, failures }) => ({ verdict, failures }))).toEqual(
    reports.map(() => ({ verdict: 'pass', failures: [] })),
  );
  const rules = new Map(reports[0]?.comparisons.map(({ subject, rule }) => [subject, rule]));
  expect(rules.get('decode layers.0.silu_mul')).toBe(
    'kernels.silu-mul, post_attention_norm, gate_proj, up_proj inside',
  );
  expect(rules.get('decode layers.0.output')).toBe('kernels.add, down_proj inside');
  expect(rules.get('prefill layers.0.silu_mul')).toBe('kernels.silu-mul');
  expect(rules.has('decode layers.0.gate_proj')).toBe(false);
  await model.close();
}, 60_000);

it('merged, fused launches run in one dispatch after another', async () => {
  const plan = appliedAll(appliedAll(naive, multiKernelMerging), kernelFusion);
  const lowered = lowerPlan(plan, target.device);
  const decode = lowered.dispatches.filter(({ section, step }) => section === 'decode' && step.includes('_to_'));
  expect(decode.map(({ program }) => program.launches.length)).toEqual([6, 3]);
  const model = await deployed(plan);
  const request = { oracle, deployed: model, seeds: [2], promptTokens: 20, subjects: {}, decodeSteps: 2 };
  expect((await blockGate(request)).failures).toEqual([]);
  await model.close();
}, 60_000);

it('a fused kernel with its weights the wrong way round is found', async () => {
  const [gate, up] = ['gate_proj.weight', 'up_proj.weight'];
  const swapped: Plan = JSON.parse(JSON.stringify(fused), (_, value) =>
    value?.interleavedWith === up ? { ...value, weight: up, interleavedWith: gate } : value,
  );
  const model = await deployed(swapped);
  const report = await kernels(model);
  expect(report.verdict).toBe('fail');
  expect(report.firstDeviation).toEqual({ layer: 0, kernel: 'silu_mul', section: 'decode' });
  await model.close();
}, 60_000);

it('a deployment that claims to have more inside is missed, not believed', async () => {
  const model = await deployed(naive);
  const liar: DeployedModel = {
    ...model,
    taps: (section) => model.taps(section).filter((tap) => tap !== 'v_proj'),
    inside: () => [{ tap: 'output', inside: ['v_proj'] }],
  };
  expect((await kernels(liar)).verdict).toBe('inconclusive');
  await model.close();
}, 60_000);

it('the skill conforms, ends, and makes a token faster', async () => {
  const situation: Situation = { phase: 5, plan: naive, device: target.device, profile: null, failure: null };
  const cases = optimizationSkillConformance({
    skill: kernelFusion,
    applies: [situation, { ...situation, phase: 3 }],
    doesNotApply: [
      { ...situation, plan: fused },
      { ...situation, phase: 4 },
    ],
    applyEdits,
  });
  for (const { run } of cases) await run();
  const estimates = await Promise.all(
    [naive, fused].map(async (plan) => {
      const lowered = lowerPlan(plan, target.device);
      const dispatchEstimates = (await target.estimate?.(await target.compile(lowered))) ?? new Map();
      return estimateSchedule({ plan, lowered, dispatchEstimates, device: target.device });
    }),
  );
  const [before, after] = estimates.map(({ decodeTokenUs }) => decodeTokenUs);
  expect(after).toBeLessThan(0.9 * (before ?? 0));
});
