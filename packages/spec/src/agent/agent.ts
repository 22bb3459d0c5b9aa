import type { GateReport } from '../gate/gate-report.ts';
import type { PlanEdit } from '../plan/plan-edit.ts';
import type { Finding, Proposal, Situation } from '../skill/situation.ts';

/** What an agent sees before it decides. */
export interface Observation {
  readonly specificationVersion: 'v1';
  readonly situation: Situation;
  /** How often the agent has decided in this phase so far. */
  readonly attempt: number;
  readonly proposals: readonly Proposal[];
  readonly findings: readonly Finding[];
  /** Gate reports of this phase, oldest first. */
  readonly reports: readonly GateReport[];
  /** What a reviewer asked for, if one redirected. */
  readonly instruction: string | null;
}

/** What an agent may do. It never judges: gates decide what is kept. */
export type Decision =
  | { readonly kind: 'run-gate' }
  | { readonly kind: 'try-proposal'; readonly proposal: string; readonly reason: string }
  | { readonly kind: 'apply-finding'; readonly finding: number; readonly reason: string }
  | { readonly kind: 'author-edits'; readonly edits: readonly PlanEdit[]; readonly reason: string }
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
