import type { Decision, Instruments, Json, Observation } from '@tilewright/spec';
import type { z } from 'zod';

/** What a tool sees: what the agent sees. */
export interface ToolContext {
  readonly observation: Observation;
  /** Null where the caller of the agent offers none: tools that need them say so. */
  readonly instruments: Instruments | null;
  readonly signal?: AbortSignal;
}

/** What came of a call. */
export type ToolResult =
  /** What was asked for, in the form of the tool's `output`. */
  | { readonly kind: 'view'; readonly value: Json }
  /** The call was a decision. It has been checked as far as that is possible here, and has not been carried out. */
  | { readonly kind: 'decision'; readonly decision: Decision }
  /** The call cannot be answered, and what to change. It costs nothing. */
  | { readonly kind: 'mistake'; readonly problem: string };

/**
 * One thing that an agent can do, for whatever calls tools: a language model, a client of a protocol, a test. `look` changes
 * nothing; `decide` yields a decision, which the one who asked the agent carries out.
 */
export interface AgentTool {
  /** Lower case with underscores; stable. */
  readonly name: string;
  readonly title: string;
  /** For the model: when to use it, and what comes back. */
  readonly description: string;
  readonly effect: 'look' | 'decide';
  /** Of the input: an object. */
  readonly input: z.ZodType<Readonly<Record<string, unknown>>>;
  /** Of the value of a view; null for decisions. */
  readonly output: z.ZodType<Json> | null;
  /** `input` has been parsed with the schema. Throws only what is nobody's mistake: `aborted`, and bugs. */
  readonly run: (input: Readonly<Record<string, unknown>>, context: ToolContext) => Promise<ToolResult>;
}
