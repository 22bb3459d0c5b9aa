import { fileURLToPath } from 'node:url';
import { applyEdits, lowerPlan, naivePlan } from '@tilewright/kernel-registry';
import { estimateSchedule, type ScheduleEstimate } from '@tilewright/npu-runtime';
import { readModelSpec } from '@tilewright/oracle';
import { bufferObjectReuse, multiKernelMerging } from '@tilewright/skills-opt';
import type { OptimizationSkill, Plan } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { expect, test } from 'vitest';

/** Cells A to D of the published study of Llama-3.2-1B: 1.56 times in prefill, 2.83 in decode. */
const PREFILL_GAIN = [1.3, 1.9] as const;
const DECODE_GAIN = [2.2, 3.5] as const;

test('merging and reuse gain on Llama-3.2-1B about what was published', { timeout: 60_000 }, async () => {
  const target = xdna2Simulator();
  const config = fileURLToPath(new URL('../test-data/configs/Llama-3.2-1B.json', import.meta.url));
  const naive = naivePlan(await readModelSpec(config), target.device, { prefillLength: 2048, contextLength: 2048 });

  const estimate = async (plan: Plan): Promise<ScheduleEstimate> => {
    const lowered = lowerPlan(plan, target.device);
    const dispatchEstimates = await target.estimate?.(await target.compile(lowered));
    if (dispatchEstimates === undefined) throw new Error('the simulator estimates');
    return estimateSchedule({ plan, lowered, dispatchEstimates, device: target.device, decodeLength: 2048 });
  };
  const improve = (plan: Plan, skill: OptimizationSkill): Plan => {
    const situation = { phase: 3, plan, device: target.device, profile: null, failure: null };
    const [match] = skill.match(situation);
    return match === undefined ? plan : improve(applyEdits(plan, skill.propose(situation, match).edits), skill);
  };

  const [before, after] = [
    await estimate(naive),
    await estimate([multiKernelMerging, bufferObjectReuse].reduce(improve, naive)),
  ];
  expect(before.prefill.dispatches).toBe(15 * 16);
  expect(after.prefill.dispatches).toBe(3 * 16);
  const prefillGain = before.prefill.us / after.prefill.us;
  const decodeGain = before.decodeTokenUs / after.decodeTokenUs;
  expect(prefillGain).toBeGreaterThan(PREFILL_GAIN[0]);
  expect(prefillGain).toBeLessThan(PREFILL_GAIN[1]);
  expect(decodeGain).toBeGreaterThan(DECODE_GAIN[0]);
  expect(decodeGain).toBeLessThan(DECODE_GAIN[1]);
});
