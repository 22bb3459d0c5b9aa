import { applyEdits } from '@tilewright/kernel-registry';
import type { ScheduleEstimate } from '@tilewright/npu-runtime';
import { estimateOf, isFaster } from '@tilewright/phases';
import { type OptimizationSkill, type Plan, type Target, throwIfAborted } from '@tilewright/spec';
import { objectiveUs, scheduleProfile } from './schedule-profile.ts';

/** One change that was tried on the estimates alone. */
export interface EstimatedAttempt {
  readonly phase: 4 | 5;
  readonly proposal: string;
  readonly summary: string;
  readonly beforeUs: number;
  readonly afterUs: number;
  readonly kept: boolean;
}

export interface OptimizedPlan {
  readonly plan: Plan;
  readonly schedule: ScheduleEstimate;
  readonly attempts: readonly EstimatedAttempt[];
}

export interface OptimizeRequest {
  readonly plan: Plan;
  readonly schedule: ScheduleEstimate;
  readonly target: Target;
  /** In the order in which they are worth trying. */
  readonly skills: readonly OptimizationSkill[];
  readonly estimate: (plan: Plan) => Promise<ScheduleEstimate>;
  readonly onStep: (step: string) => void;
  readonly signal: AbortSignal;
}

/**
 * What phases 4 and 5 would make of a plan if no gate objected: every proposal of every skill, one at a time,
 * kept where the estimate falls as far as these phases want, until a round keeps nothing. Needs no weights; proves nothing.
 */
export async function optimizedPlan(request: OptimizeRequest): Promise<OptimizedPlan> {
  let { plan, schedule } = request;
  const attempts: EstimatedAttempt[] = [];
  for (const phase of [4, 5] as const) {
    const tried = new Set<string>();
    for (let keptOne = true; keptOne; ) {
      keptOne = false;
      for (const skill of request.skills) {
        for (let found = true; found; ) {
          found = false;
          const situation = {
            phase,
            plan,
            device: request.target.device,
            profile: scheduleProfile(schedule),
            failure: null,
          };
          for (const match of skill.match(situation)) {
            throwIfAborted(request.signal);
            const proposal = skill.propose(situation, match);
            const key = JSON.stringify(proposal.edits);
            if (tried.has(key)) continue;
            tried.add(key);
            request.onStep(`trying ${proposal.id}`);
            const changed = applyEdits(plan, proposal.edits);
            const after = await request.estimate(changed);
            const [beforeUs, afterUs] = [objectiveUs(schedule, phase), objectiveUs(after, phase)];
            const kept = isFaster(estimateOf(beforeUs), estimateOf(afterUs));
            attempts.push({ phase, proposal: proposal.id, summary: proposal.summary, beforeUs, afterUs, kept });
            if (!kept) continue;
            [plan, schedule, keptOne, found] = [changed, after, true, true];
            break;
          }
        }
      }
    }
  }
  return { plan, schedule, attempts };
}
