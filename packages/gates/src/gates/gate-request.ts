import type { DeployedModel, Oracle } from '@tilewright/spec';
import type { Policy } from '../policy/policy.ts';

/** A prompt that somebody chose, beside those drawn from seeds. */
export interface GatePrompt {
  readonly name: string;
  readonly tokens: readonly number[];
}

/** What a gate compares. It knows no target: only the oracle's interface and the deployed model's. */
export interface GateRequest {
  readonly oracle: Oracle;
  readonly deployed: DeployedModel;
  /** Default `POLICY`. */
  readonly policy?: Policy;
  /** One prompt of random tokens is drawn from each. Recorded in the report. */
  readonly seeds: readonly number[];
  /** Length of the prompts that are drawn. */
  readonly promptTokens: number;
  /** Compared as well; each must fit the plan's prefill length. */
  readonly prompts?: readonly GatePrompt[];
  /** Digests of what is judged: model, plan, target id. Recorded in the report. */
  readonly subjects: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: GateProgress) => void;
}

export interface GateProgress {
  readonly gate: string;
  /** What was compared last: `prefill layers.2.q_rope`. */
  readonly subject: string;
  readonly made: number;
  readonly planned: number;
}
