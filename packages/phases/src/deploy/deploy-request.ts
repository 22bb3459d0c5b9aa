import type { GatePrompt } from '@tilewright/gates';
import type { OracleOptions, TapCacheOptions } from '@tilewright/oracle';
import type {
  Agent,
  Budget,
  DeploymentManifest,
  GateReport,
  Instruments,
  Plan,
  Reviewer,
  Skill,
  Target,
} from '@tilewright/spec';
import type { LessonStore } from '../lessons/lesson-store.ts';
import type { ReferenceChoice } from '../phase/reference-choice.ts';
import type { DeployEvent } from '../progress/deploy-event.ts';
import type { Clock } from '../time/measure-plan.ts';
import type { AppendLine } from '../workspace/append-line.ts';
import type { AtomicWrite } from '../workspace/write-atomic.ts';

export interface DeployRequest {
  readonly modelDirectory: string;
  /** Recorded in the manifest: the model and its commit on Hugging Face's hub, `org/name@commit`. */
  readonly modelSource?: string;
  /**
   * Keeps what the oracle computes on disk: every attempt at an optimisation asks it the same again. Default: nothing is
   * kept. The evaluator has no such place, and must not have this one.
   */
  readonly tapCache?: TapCacheOptions;
  /** What the oracle computes with, and how much memory it may take. Default: plain TypeScript, and none. */
  readonly oracle?: OracleOptions;
  /** New, empty, or holding a deployment of the same model, which is then continued. */
  readonly workspace: string;
  readonly target: Target;
  readonly agent: Agent;
  readonly skills: readonly Skill[];
  readonly reviewer: Reviewer;
  /** A whole number; what the gates draw follows from it. */
  readonly seed: number;
  /** How target and agent are found again: a built-in name or a module. Default their ids. */
  readonly targetModule?: string;
  readonly agentModule?: string;
  /** Recorded in the manifest. */
  readonly tilewrightVersion?: string;
  /** Tokens that one prefill takes. Default 128, or what the model has. */
  readonly prefillTokens?: number;
  /** Tokens that the KV cache holds. Default 512, or what the model has. */
  readonly contextLength?: number;
  /** Prompts that the gate of phase 3 uses beside random ones; those that do not fit are left out. */
  readonly prompts?: readonly GatePrompt[];
  /** What phase 0 holds the oracle against. Default `auto`, which without a way to open transformers is the golden file. */
  readonly reference?: ReferenceChoice;
  /** Decisions of the agent in one phase. Default 32, and 100 where it optimises. */
  readonly maxDecisions?: number;
  /** What the agent may use. Default: nothing limits it. Of a deployment that is continued it may be another than before. */
  readonly budget?: Budget;
  /** Lets the agent search the kernel registry. Default: it has no such instrument. */
  readonly searchKernels?: NonNullable<Instruments['searchKernels']>;
  /** Lessons of earlier deployments, and where this one's go. Default none. */
  readonly lessons?: LessonStore;
  /** Ends after this phase. Default 6, the last. */
  readonly lastPhase?: number;
  /** What the host's work goes by where the target measures. Default `performance.now`. */
  readonly clock?: Clock;
  /** Default `atomicWriter()`. */
  readonly write?: AtomicWrite;
  /** How lines are added to the transcript. Default `lineAppender()`. */
  readonly append?: AppendLine;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: DeployEvent) => void;
}

/** How a deployment ended. A gate that does not pass is in here, not thrown. */
export interface DeployResult {
  /** `deployed`, `failed`, or `waiting` for a human. */
  readonly status: DeploymentManifest['status'];
  readonly manifest: DeploymentManifest;
  readonly plan: Plan | null;
  /** Of the phases that have run, in their order. */
  readonly reports: readonly GateReport[];
  /** Why it stopped, if it did: a failure, a rejection, or the question that is open. */
  readonly reason: string | null;
}
