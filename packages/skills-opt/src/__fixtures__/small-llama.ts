import { naivePlan } from '@tilewright/kernel-registry';
import type { ModelSpec, Situation } from '@tilewright/spec';
import { SMALL_DEVICE, smallPlan } from '@tilewright/testkit';

/** Two layers, four query heads over two key-value heads of 16. */
const SMALL_LLAMA: ModelSpec = smallPlan().model;

/** The naive plan of a small model, at a phase. */
export function naiveSituation(phase: number): Situation {
  const plan = naivePlan(SMALL_LLAMA, SMALL_DEVICE, { prefillLength: 32, contextLength: 64 });
  return { phase, plan, device: SMALL_DEVICE, profile: null, failure: null };
}
