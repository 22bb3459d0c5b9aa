import type {
  Agent,
  AgentUsage,
  Budget,
  DeploymentManifest,
  EvaluationReport,
  Skill,
  Target,
  Timing,
} from '@tilewright/spec';
import type { Loaded } from '../modules/load-module.ts';

/** One of several deployments that differ in one thing: the agent, or a skill. */
export interface Arm {
  readonly name: string;
  readonly agent: Loaded<Agent>;
  readonly skills: readonly Skill[];
}

/** What all of them have in common. */
export interface CommonTerms {
  /** As the user named it, for progress. */
  readonly model: string;
  readonly modelDirectory: string;
  readonly modelSource: string | null;
  readonly target: Loaded<Target>;
  readonly seed: number;
  readonly prefillLength?: number;
  readonly contextLength?: number;
  readonly budget?: Budget;
  /** Whether the evaluator judges each. */
  readonly judge: boolean;
  /** Where each has its workspace, by its name; null: in a scratch directory that is removed. */
  readonly out: string | null;
}

/** How one of them ended. */
export interface ArmResult {
  readonly name: string;
  /** Null where the workspace was a scratch one. */
  readonly directory: string | null;
  /** `deployed` where nobody judged it. */
  readonly status: DeploymentManifest['status'];
  /** Why it stopped, if it did. */
  readonly reason: string | null;
  /** Phases whose gate has passed, of all. */
  readonly passedPhases: number;
  readonly phases: number;
  /** The plan that stands; null before there is one. */
  readonly plan: ArmPlan | null;
  /** Of that plan; null where the target gives no time for it. */
  readonly time: ArmTime | null;
  /** Changes that phases 4 and 5 tried. */
  readonly attempts: ArmAttempts;
  /** Problems met on the way, cured or not. */
  readonly failures: number;
  /** Of the agent, in all phases. */
  readonly decisions: number;
  readonly usage: AgentUsage;
  /** Limits of the budget that ended a phase, in words. */
  readonly limits: readonly string[];
  /** Of the phases, on the clock. Those that come later may find what the oracle has computed for the first. */
  readonly elapsedMs: number;
  /** Of the evaluator; null where it was not asked, or there was nothing to judge. */
  readonly verdict: EvaluationReport['verdict'] | null;
}

export interface ArmPlan {
  readonly digest: string;
  /** Submissions in one pass, all layers together. */
  readonly dispatches: { readonly prefill: number; readonly decode: number; readonly head: number };
}

export interface ArmTime {
  readonly timing: Timing['kind'];
  readonly timeToFirstTokenUs: number;
  readonly tokenUs: number;
}

export interface ArmAttempts {
  readonly made: number;
  /** And not taken back since. */
  readonly kept: number;
  readonly bySkill: readonly SkillAttempts[];
}

interface SkillAttempts {
  /** Null for what the agent authored. */
  readonly skill: string | null;
  readonly made: number;
  readonly kept: number;
}
