import { digest } from '@tilewright/gates';
import { applyEdits } from '@tilewright/kernel-registry';
import type { OptimizationAttempt, Plan } from '@tilewright/spec';
import { isPlanFault } from '../loop/plan-fault.ts';

/** A plan with the attempts that led to it. */
export interface Replay {
  readonly plan: Plan;
  /** Those that really lead from the first plan to this one; others were about another plan. */
  readonly attempts: readonly OptimizationAttempt[];
}

/**
 * Does again what attempts did to a plan, up to the first whose result is not the plan that it names. The
 * trajectory is thereby all that has to survive: plans follow from it.
 */
export function replayAttempts(first: Plan, attempts: readonly OptimizationAttempt[]): Replay {
  let plan = first;
  let planDigest = digest(first);
  const replayed: OptimizationAttempt[] = [];
  for (const attempt of attempts) {
    try {
      if (attempt.kept) {
        plan = applyEdits(plan, attempt.edits);
        planDigest = digest(plan);
      }
    } catch (error) {
      if (!isPlanFault(error)) throw error;
      break;
    }
    if (planDigest !== attempt.planDigest) return replayAttempts(first, replayed);
    replayed.push(attempt);
  }
  return { plan, attempts: replayed };
}

/** The attempts of a phase and of those before it. */
export function attemptsThrough(
  attempts: readonly OptimizationAttempt[],
  phase: number,
): readonly OptimizationAttempt[] {
  return attempts.filter((attempt) => attempt.phase <= phase);
}

/** `revert` names an attempt that takes an earlier one back. */
export const REVERT = 'revert';

/** What of a phase has been kept and not taken back since, oldest first. */
export function standingAttempts(
  attempts: readonly OptimizationAttempt[],
  phase: number,
): readonly OptimizationAttempt[] {
  const standing: OptimizationAttempt[] = [];
  for (const attempt of attempts) {
    if (attempt.phase !== phase || !attempt.kept) continue;
    if (attempt.proposal === REVERT) standing.pop();
    else standing.push(attempt);
  }
  return standing;
}
