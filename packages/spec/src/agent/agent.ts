import type { GateReport } from '../gate/gate-report.ts';
import type { Lesson, LessonOrigin } from '../lesson/lesson.ts';
import type { OptimizationAttempt } from '../optimization/optimization-trajectory.ts';
import type { PlanEdit } from '../plan/plan-edit.ts';
import type { Finding, Proposal, Situation } from '../skill/situation.ts';

/** What an agent sees before it decides. */
export interface Observation {
  readonly specificationVersion: 'v1';
  readonly situation: Situation;
  /** How often the agent has decided in this phase so far. */
  readonly attempt: number;
  readonly proposals: readonly Proposal[];
  /**
   * Causes of the failure. In phases 4 and 5, where the plan that stands has none, of the attempt that was taken
   * back last: applying one tries that attempt again with its cure.
   */
  readonly findings: readonly Finding[];
  /** Gate reports of this phase, oldest first. */
  readonly reports: readonly GateReport[];
  /** What a reviewer asked for, if one redirected. */
  readonly instruction: string | null;
  /** What earlier deployments taught; the same throughout a deployment. */
  readonly lessons: readonly Lesson[];
  /** Where this deployment is, as its own lessons will say. */
  readonly origin: LessonOrigin;
  /** What phases 4 and 5 have tried so far, also in runs that were interrupted. */
  readonly attempts: readonly OptimizationAttempt[];
}

/** What an agent may do. It never judges: gates decide what is kept. */
export type Decision =
  | { readonly kind: 'run-gate' }
  | {
      readonly kind: 'try-proposal';
      readonly proposal: string;
      readonly reason: string;
      /** Ids of the lessons that it follows, or for which it passed other proposals over. */
      readonly cites?: readonly string[];
    }
  | { readonly kind: 'apply-finding'; readonly finding: number; readonly reason: string }
  | {
      readonly kind: 'author-edits';
      readonly edits: readonly PlanEdit[];
      readonly reason: string;
      readonly cites?: readonly string[];
    }
  | { readonly kind: 'revert'; readonly reason: string }
  | { readonly kind: 'profile' }
  | { readonly kind: 'ask-human'; readonly question: string }
  | { readonly kind: 'record-lesson'; readonly lesson: string; readonly evidence: readonly string[] }
  | { readonly kind: 'give-up'; readonly reason: string };

export interface Agent {
  readonly specificationVersion: 'v1';
  readonly id: string;
  decide(observation: Observation, options?: { readonly signal?: AbortSignal }): Promise<Decision>;
}
