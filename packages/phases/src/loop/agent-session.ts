import type { AgentUsage, BudgetLimits, Decision, Instruments, Json, Plan, TranscriptEntry } from '@tilewright/spec';

/** What an agent has at hand while it works on a phase, and where it is written down. */
export interface AgentSession {
  /** The limit that is reached, as a sentence; null while there is none. */
  readonly limit: () => string | null;
  readonly remaining: () => BudgetLimits;
  readonly instruments: (plan: Plan) => Instruments;
  /** Of this phase so far. */
  readonly entries: () => readonly TranscriptEntry[];
  /** Survives, and is counted, once it resolves. */
  readonly record: (event: SessionEvent) => Promise<void>;
  /** Notes in the deployment why the agent is not asked any more. */
  readonly ended: (limit: string) => void;
}

export type SessionEvent =
  | { readonly kind: 'message'; readonly message: Json }
  | { readonly kind: 'usage'; readonly usage: AgentUsage }
  | { readonly kind: 'decision'; readonly planDigest: string; readonly decision: Decision }
  | { readonly kind: 'nonsense'; readonly problem: string };
