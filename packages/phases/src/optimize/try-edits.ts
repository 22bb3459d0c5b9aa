import { digest } from '@tilewright/gates';
import { applyEdits } from '@tilewright/kernel-registry';
import type { Failure, Plan, PlanEdit } from '@tilewright/spec';
import { failureOf, isPlanFault } from '../loop/plan-fault.ts';
import { failureLine, type GateResult } from '../loop/run-watched-gate.ts';
import { isFaster, notFaster, type Objective, type PlanTiming } from '../time/plan-timing.ts';

export interface TrialTools {
  readonly objective: Objective;
  /** Throws what compiling and running throw. */
  readonly time: (plan: Plan) => Promise<PlanTiming>;
  /** Throws what compiling throws. */
  readonly gate: (plan: Plan, edits: readonly PlanEdit[]) => Promise<GateResult>;
}

export type TrialResult =
  | { readonly kind: 'kept'; readonly plan: Plan; readonly afterUs: number }
  | {
      readonly kind: 'rejected';
      readonly afterUs: number | null;
      /** One line. */
      readonly rejection: string;
      /** The plan that failed and how, for skills to look at; null where it was only not fast enough. */
      readonly failed: FailedPlan | null;
    };

export interface FailedPlan {
  readonly plan: Plan;
  readonly failure: Failure;
}

/**
 * Tries edits on a plan, the cheap questions first: do they apply, does the result hold together, compile, and
 * take less time; and only then whether it still passes the gate. `mustGain` is false for the cure of a plan
 * that does not pass as it is.
 */
export async function tryEdits(
  standing: { readonly plan: Plan; readonly timing: PlanTiming },
  edits: readonly PlanEdit[],
  tools: TrialTools,
  mustGain = true,
): Promise<TrialResult> {
  let plan: Plan;
  let timing: PlanTiming | null = null;
  try {
    plan = applyEdits(standing.plan, edits);
  } catch (error) {
    if (!isPlanFault(error)) throw error;
    return rejected(null, `the edits do not fit the plan: ${error.message}`, null);
  }
  if (digest(plan) === digest(standing.plan)) return rejected(null, 'the edits change nothing', null);
  const other: Objective = tools.objective === 'token' ? 'timeToFirstToken' : 'token';
  try {
    timing = await tools.time(plan);
    const [before, after] = [standing.timing[tools.objective], timing[tools.objective]];
    if (mustGain && !isFaster(before, after)) return rejected(after.us, notFaster(before, after), null);
    if (mustGain && isFaster(timing[other], standing.timing[other])) {
      const [a, b] = [standing.timing[other].us, timing[other].us];
      return rejected(after.us, `${OTHER_NAME[other]} would rise: ${a.toFixed(1)} → ${b.toFixed(1)} µs`, null);
    }
    const { report, failure } = await tools.gate(plan, edits);
    if (failure === null) return { kind: 'kept', plan, afterUs: after.us };
    return rejected(after.us, `the gate does not pass: ${report.summary}`, { plan, failure });
  } catch (error) {
    const afterUs = timing?.[tools.objective].us ?? null;
    const failure = failureOf(error);
    if (failure !== null) return rejected(afterUs, failureLine(failure), { plan, failure });
    if (!isPlanFault(error)) throw error;
    return rejected(afterUs, `the plan cannot be run: ${error.message}`, null);
  }
}

const OTHER_NAME: Readonly<Record<Objective, string>> = {
  timeToFirstToken: 'the time to first token',
  token: 'the time of a token',
};

function rejected(afterUs: number | null, reason: string, failed: FailedPlan | null): TrialResult {
  return { kind: 'rejected', afterUs, rejection: reason.replaceAll(/\s+/g, ' '), failed };
}
