import type { GateReport } from '../gate/gate-report.ts';

/** The verdict of phase 7, bound to what was judged. */
export interface EvaluationReport {
  readonly specificationVersion: 'v1';
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  readonly summary: string;
  readonly evaluatedAt: string;
  /** Digests of model, plan, policy and target at the time of judging. */
  readonly subjects: Readonly<Record<string, string>>;
  /** Drawn by the evaluator after the deployment was frozen. */
  readonly seeds: readonly number[];
  readonly gates: readonly GateReport[];
  /** Estimated or measured by the evaluator itself. */
  readonly performance: EvaluatedPerformance;
  /** What the deployment claims, read after all of the above was sealed. */
  readonly claims: readonly ClaimComparison[];
}

export interface EvaluatedPerformance {
  readonly timing: 'estimate' | 'measurement';
  readonly promptTokens: number;
  readonly timeToFirstTokenUs: number;
  readonly decodeTokensPerSecond: number;
}

export interface ClaimComparison {
  readonly claim: string;
  readonly claimed: string;
  readonly found: string;
  readonly agrees: boolean;
}
