import type { Decision } from './agent.ts';
import type { AgentUsage } from './agent-usage.ts';

/** JSON, as it is written. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * `transcript.jsonl`: what the agent of a deployment said and decided, a line each, oldest first. It is only ever
 * added to; a last line that an interruption cut off does not count.
 */
export type TranscriptEntry =
  /** Each run of `deploy` begins with one. */
  | {
      readonly kind: 'opened';
      readonly specificationVersion: 'v1';
      readonly tilewrightVersion: string;
      readonly agent: string;
      readonly target: string;
      readonly modelDigest: string;
      readonly prefillLength: number;
      readonly contextLength: number;
      readonly seed: number;
      readonly recordedAt: string;
    }
  /** A phase begins, or begins again after an interruption or a reviewer. `planDigest` is of the plan that it begins with. */
  | { readonly kind: 'phase-started'; readonly phase: number; readonly planDigest: string }
  /** Something of the agent's own: a message to or from its model. */
  | { readonly kind: 'message'; readonly phase: number; readonly message: Json }
  | { readonly kind: 'usage'; readonly phase: number; readonly usage: AgentUsage }
  /** `planDigest` is of the plan that the agent saw. */
  | { readonly kind: 'decision'; readonly phase: number; readonly planDigest: string; readonly decision: Decision }
  /** An answer that is no decision, as JSON as far as it is that. */
  | { readonly kind: 'nonsense'; readonly phase: number; readonly problem: string }
  | {
      readonly kind: 'phase-ended';
      readonly phase: number;
      readonly outcome: 'passed' | 'failed' | 'asks';
      readonly reason: string;
      /** Of the plan that stands. */
      readonly planDigest: string;
    };

/** The part of the transcript that belongs to the phase being worked on, for an agent to go on from. */
export interface Conversation {
  /** Of this phase since the deployment began, also of runs that were interrupted. */
  readonly entries: readonly TranscriptEntry[];
  /** Survives once it resolves. The message must not hold a secret. */
  readonly append: (message: Json) => Promise<void>;
}
