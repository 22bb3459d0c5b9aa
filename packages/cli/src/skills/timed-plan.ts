import { lowerPlan } from '@tilewright/kernel-registry';
import { estimateSchedule, type ScheduleEstimate } from '@tilewright/npu-runtime';
import { CompileError, type Diagnostic, type Plan, type Profile, type Target } from '@tilewright/spec';
import { objectiveUs, scheduleProfile } from '../commands/schedule-profile.ts';

/** A plan as a target sees it: how long it should take, or why it does not compile. */
export type TimedPlan =
  | { readonly kind: 'timed'; readonly schedule: ScheduleEstimate }
  | { readonly kind: 'untimed' }
  | { readonly kind: 'refused'; readonly diagnostics: readonly Diagnostic[]; readonly message: string };

/**
 * Compiles a plan and asks the target for its time, running nothing. `untimed` where the target has no
 * estimates. Throws `plan-invalid` for a plan that does not hold together.
 */
export async function timePlan(plan: Plan, target: Target, signal: AbortSignal): Promise<TimedPlan> {
  const lowered = lowerPlan(plan, target.device);
  try {
    const compiled = await target.compile(lowered, { signal });
    if (target.estimate === undefined) return { kind: 'untimed' };
    const dispatchEstimates = await target.estimate(compiled, { signal });
    return {
      kind: 'timed',
      schedule: estimateSchedule({ plan, lowered, dispatchEstimates, device: target.device }),
    };
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return { kind: 'refused', diagnostics: error.diagnostics, message: error.message };
  }
}

/** Where the time of a plan should go, as phases 4 and 5 show it to skills. */
export function profileOf(timed: TimedPlan): Profile | null {
  return timed.kind === 'timed' ? scheduleProfile(timed.schedule) : null;
}

/** What a phase makes faster; null in others than 4 and 5, or without times. */
export function phaseUs(timed: TimedPlan, phase: number): number | null {
  if (timed.kind !== 'timed' || (phase !== 4 && phase !== 5)) return null;
  return objectiveUs(timed.schedule, phase);
}
