import type { AgentUsage } from '../agent/agent-usage.ts';
import type { Budget } from '../agent/budget.ts';

/** `deployment.json`: what a workspace holds and how far it came. Claims, as far as the evaluator goes. */
export interface DeploymentManifest {
  readonly specificationVersion: 'v1';
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly tilewrightVersion: string;
  readonly model: {
    /** Absolute path of a directory or a GGUF file, or as the user gave it where that is relative to the workspace. */
    readonly directory: string;
    readonly digest: string;
    /** Where it came from, if that was Hugging Face's hub: `org/name@commit`. */
    readonly source?: string;
  };
  readonly target: { readonly id: string; readonly module: string };
  readonly agent: { readonly id: string; readonly module: string };
  /** What the agent may use; absent where nothing limits it. */
  readonly budget?: Budget;
  /** Digest of `plan.json`; null before there is a plan. */
  readonly planDigest: string | null;
  readonly policyDigest: string;
  readonly seed: number;
  readonly status: 'running' | 'waiting' | 'failed' | 'deployed' | 'accepted' | 'not-accepted';
  readonly phases: readonly PhaseRecord[];
}

export interface PhaseRecord {
  readonly phase: number;
  readonly title: string;
  readonly status: 'pending' | 'running' | 'passed' | 'failed' | 'inconclusive' | 'waiting';
  /** Path of the gate report in the workspace. */
  readonly report: string | null;
  readonly elapsedMs: number;
  /** What the agent did in this phase, over all runs of it; absent where it was not asked. */
  readonly agent?: PhaseAgentRecord;
}

export interface PhaseAgentRecord {
  readonly usage: AgentUsage;
  readonly decisions: number;
  /** Of the decisions, those that changed the plan. */
  readonly attempts: number;
  /** The limit that ended the agent's part, in words; null where none did. */
  readonly limit: string | null;
}
