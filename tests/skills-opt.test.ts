import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { applyEdits, invertEdits, lowerPlan, naivePlan } from '@tilewright/kernel-registry';
import { deployModel, estimateSchedule, type ScheduleEstimate } from '@tilewright/npu-runtime';
import { type OpenModel, openModel } from '@tilewright/oracle';
import { OPTIMIZATION_SKILLS } from '@tilewright/skills-opt';
import type { OptimizationSkill, Plan, Situation } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { optimizationSkillConformance } from '@tilewright/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const target = xdna2Simulator();
const golden = (name: string): string => fileURLToPath(new URL(`../test-data/goldens/${name}`, import.meta.url));

/** Skills that leave every bit as it is. Fused kernels round elsewhere, and take wider models than these: fused-decode.test.ts. */
const BIT_EXACT = OPTIMIZATION_SKILLS.filter(({ id }) => id !== 'kernel-fusion');

function situationOf(plan: Plan, phase: number): Situation {
  return { phase, plan, device: target.device, profile: null, failure: null };
}

/** The plan after everything that a skill proposes, one after another, as long as it finds something. */
function improved(skill: OptimizationSkill, plan: Plan): Plan {
  let current = plan;
  for (let round = 0; round < 20; round++) {
    const situation = situationOf(current, 3);
    const [match] = skill.match(situation);
    if (match === undefined) return current;
    current = applyEdits(current, skill.propose(situation, match).edits);
  }
  throw new Error(`${skill.id} does not come to an end`);
}

async function estimate(plan: Plan): Promise<ScheduleEstimate> {
  const lowered = lowerPlan(plan, target.device);
  const compiled = await target.compile(lowered);
  const dispatchEstimates = await target.estimate?.(compiled);
  if (dispatchEstimates === undefined) throw new Error('the simulator estimates');
  return estimateSchedule({ plan, lowered, dispatchEstimates, device: target.device });
}

/** Digests of the bits of every logit of a prefill and two decode steps, run twice: what a stale buffer spoils is the second pass. */
async function logitsOf(plan: Plan, model: OpenModel): Promise<readonly string[]> {
  const compiled = await target.compile(lowerPlan(plan, target.device));
  const deployed = await deployModel({ plan, compiled, target, weights: model.weights });
  const digests: string[] = [];
  for (const prompt of [
    [1, 5, 9, 14, 3],
    [1, 8, 2],
  ]) {
    const sequence = deployed.start();
    for (const [tokens, logits] of [
      [prompt, 'all'],
      [[7], 'last'],
      [[11], 'last'],
    ] as const) {
      const { data } = await sequence.forward({ tokens, logits });
      digests.push(
        createHash('sha256')
          .update(new Uint8Array(Float32Array.from(data).buffer))
          .digest('hex')
          .slice(0, 16),
      );
    }
  }
  await deployed.close();
  return digests;
}

/** Every order of three, by their ids. */
function orders(skills: readonly OptimizationSkill[]): [string, string, string][] {
  const ids = skills.map(({ id }) => id);
  return ids.flatMap((a) =>
    ids.flatMap((b) =>
      ids.filter((c) => new Set([a, b, c]).size === 3).map((c): [string, string, string] => [a, b, c]),
    ),
  );
}

describe.each(['llama-gqa', 'llama-unaligned', 'qwen3-qknorm', 'qwen2-bias'])('%s', (name) => {
  let model: OpenModel;
  let naive: Plan;
  let naiveLogits: readonly string[];
  beforeAll(async () => {
    model = await openModel(golden(name));
    naive = naivePlan(model.spec, target.device, { prefillLength: 16, contextLength: 32 });
    naiveLogits = await logitsOf(naive, model);
  });
  afterAll(() => model.close());

  test.each(BIT_EXACT.map((skill) => [skill.id, skill] as const))(
    '%s leaves every bit of the logits and lowers the estimated time',
    async (_, skill) => {
      const better = improved(skill, naive);
      expect(better).not.toEqual(naive);
      expect(await logitsOf(better, model)).toEqual(naiveLogits);
      const [before, after] = [await estimate(naive), await estimate(better)];
      expect(after.timeToFirstTokenUs).toBeLessThan(before.timeToFirstTokenUs);
    },
  );

  test.each(orders(BIT_EXACT))('%s, %s and %s, in this order, leave every bit', async (...ids) => {
    const skills = ids.flatMap((id) => BIT_EXACT.filter((skill) => skill.id === id));
    // A later skill may open something for an earlier one: go round until none finds anything.
    let better = naive;
    for (let round = 0; round < 3; round++) {
      better = skills.reduce((plan, skill) => improved(skill, plan), better);
      expect(await logitsOf(better, model)).toEqual(naiveLogits);
    }
    for (const skill of skills) expect(skill.match(situationOf(better, 3))).toEqual([]);
    const [before, after] = [await estimate(naive), await estimate(better)];
    expect(after.timeToFirstTokenUs).toBeLessThan(before.timeToFirstTokenUs);
    expect(after.decodeTokenUs).toBeLessThan(before.decodeTokenUs);
    expect(after.prefill.dispatches).toBeLessThanOrEqual(3 * model.spec.layers);
    expect(after.decode.dispatches).toBe(2 * model.spec.layers);
  });

  for (const skill of BIT_EXACT) {
    test(`${skill.id} conforms`, async () => {
      const cases = optimizationSkillConformance({
        skill,
        applies: [situationOf(naive, 3), situationOf(naive, 4)],
        doesNotApply: [situationOf(improved(skill, naive), 3)],
        applyEdits,
      });
      for (const { run } of cases) await run();
    });
  }

  test('the edits can be taken back', () => {
    for (const skill of BIT_EXACT) {
      const situation = situationOf(naive, 3);
      for (const match of skill.match(situation)) {
        const { edits } = skill.propose(situation, match);
        expect(applyEdits(applyEdits(naive, edits), invertEdits(naive, edits))).toEqual(naive);
      }
    }
  });
});
