import { naivePlan } from '@tilewright/kernel-registry';
import type { PlanSection, Situation } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { smallPlan } from '@tilewright/testkit';
import { profileOf, timePlan } from './timed-plan.ts';

/** The phases that ask skills for proposals. */
const PHASES: readonly number[] = [4, 5];

/** The naive plan of a small model on the simulated XDNA 2, with where its time should go, before phases 4 and 5. */
export async function ourSituations(signal: AbortSignal): Promise<readonly Situation[]> {
  const target = xdna2Simulator();
  const plan = naivePlan(smallPlan().model, target.device, { prefillLength: 64, contextLength: 128 });
  const profile = profileOf(await timePlan(plan, target, signal));
  return PHASES.map((phase) => ({ phase, plan, device: target.device, profile, failure: null }));
}

/** A plan without steps or buffers, in which no skill has anything to find. */
export function emptySituation(): Situation {
  const section: PlanSection = { buffers: [], residual: null, once: [], layer: [] };
  const { device } = xdna2Simulator();
  const plan = { ...smallPlan(), device: device.id, sections: { prefill: section, decode: section, head: section } };
  return { phase: 4, plan, device, profile: null, failure: null };
}
