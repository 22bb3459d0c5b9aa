import type { Plan } from '../plan/plan.ts';
import type { PlanEdit } from '../plan/plan-edit.ts';
import type { Failure } from '../skill/situation.ts';

/**
 * `cures/LESSON.json`: a failure that edits of an agent's own got a plan over, for whoever makes a skill of the lesson.
 * The plan that passed is not the one that had it.
 */
export interface RecordedCure {
  readonly specificationVersion: 'v1';
  /** The id of the lesson about it. */
  readonly lesson: string;
  readonly phase: number;
  /** The plan that failed. */
  readonly plan: Plan;
  readonly failure: Failure;
  readonly edits: readonly PlanEdit[];
}
