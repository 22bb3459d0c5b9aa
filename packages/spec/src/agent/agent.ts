import type { GateReport } from '../gate/gate-report.ts';
import type { Lesson, LessonOrigin } from '../lesson/lesson.ts';
import type { OptimizationAttempt } from '../optimization/optimization-trajectory.ts';
import type { PlanEdit } from '../plan/plan-edit.ts';
import type { Finding, Proposal, Situation } from '../skill/situation.ts';
import type { AgentUsage } from './agent-usage.ts';
import type { BudgetLimits } from './budget.ts';
import type { Instruments } from './instruments.ts';
import type { Conversation } from './transcript.ts';

/** What an agent sees before it decides. */
export interface Observation {
  readonly specificationVersion: 'v1';
  readonly situation: Situation;
  /** How often the agent has decided in this phase so far. */
  readonly attempt: number;
  /** What has happened since the agent decided last, a line each: what its decision came to, or why it came to nothing. */
  readonly steps: readonly string[];
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
  decide(observation: Observation, options?: DecideOptions): Promise<Decision>;
}

/** What an agent may use beside what it sees. All of it is optional: a caller may offer none of it, an agent use none. */
export interface DecideOptions {
  readonly signal?: AbortSignal;
  readonly instruments?: Instruments;
  readonly conversation?: Conversation;
  /** To be told of each request to a language model, as soon as its usage is known. Resolves when that is recorded. */
  readonly onUsage?: (usage: AgentUsage) => Promise<void>;
  /** What is left of the tighter of phase and deployment, as this decision begins. */
  readonly remaining?: BudgetLimits;
}
