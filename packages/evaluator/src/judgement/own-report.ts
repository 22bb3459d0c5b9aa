import { POLICY, policyDigest } from '@tilewright/gates';
import type { GateFailure, GateFigure, GateReport } from '@tilewright/spec';

/** What a check of the evaluator's own came to. */
export interface OwnReport {
  readonly gate: string;
  /** What is said where nothing failed. */
  readonly passed: string;
  readonly planned: number;
  readonly made: number;
  readonly elements?: number;
  readonly seeds?: readonly number[];
  readonly subjects: Readonly<Record<string, string>>;
  readonly figures?: readonly GateFigure[];
  readonly failures: readonly GateFailure[];
  /** `performance.now()` when it began. */
  readonly started: number;
}

/** A check as a gate report of phase 7: it fails on any failure, and on fewer comparisons than planned. */
export function ownReport(own: OwnReport): GateReport {
  const { planned, made } = own;
  const short: GateFailure[] =
    made < planned
      ? [
          {
            ...{ kind: 'missing-comparison', subject: own.gate, limit: planned, value: made },
            message: `${made} of ${planned} planned comparisons were made`,
          },
        ]
      : [];
  const failures = [...own.failures, ...short];
  const [first] = failures;
  return {
    specificationVersion: 'v1',
    gate: own.gate,
    phase: 7,
    verdict: first === undefined ? 'pass' : 'fail',
    summary: first === undefined ? own.passed : `${first.subject}: ${first.message}`,
    policyDigest: policyDigest(POLICY),
    evidence: {
      plannedComparisons: planned,
      madeComparisons: made,
      comparedElements: own.elements ?? 0,
      seeds: own.seeds ?? [],
      subjects: own.subjects,
      elapsedMs: performance.now() - own.started,
    },
    comparisons: [],
    figures: own.figures ?? [],
    failures,
    firstDeviation: null,
  };
}
