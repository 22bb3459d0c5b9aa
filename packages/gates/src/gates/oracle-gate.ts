import type { GateReport } from '@tilewright/spec';
import { POLICY, type Policy, policyDigest } from '../policy/policy.ts';

/** What holding the oracle against its golden file came to, as far as the gate needs to know. */
export interface GoldenVerification {
  /** Tensors, tokens and files that were compared. */
  readonly compared: number;
  readonly comparedElements: number;
  readonly maxAbsoluteError: number;
  /** The first difference, or the first thing that the golden lacks; null if all agrees. */
  readonly failure: { readonly subject: string; readonly message: string } | null;
}

export interface OracleGateRequest {
  /** Null where the model directory has no golden. */
  readonly verification: GoldenVerification | null;
  readonly policy?: Policy;
  readonly subjects: Readonly<Record<string, string>>;
  readonly elapsedMs: number;
}

/**
 * Phase 0: the oracle against the golden file beside the model. Without one there is nothing to hold
 * the oracle against; the gate passes, and its summary says that nothing was compared.
 */
export function oracleGate({ verification, policy = POLICY, subjects, elapsedMs }: OracleGateRequest): GateReport {
  const compared = verification?.compared ?? 0;
  const failure = verification?.failure ?? null;
  const failures: GateReport['failures'][number][] = [];
  if (verification !== null && compared === 0) {
    const message = 'the golden has nothing to compare';
    failures.push({ kind: 'missing-comparison', subject: 'golden', message, limit: null, value: 0 });
  }
  if (failure !== null) failures.push({ kind: 'tolerance-exceeded', ...failure, limit: null, value: null });
  const verdict = failure !== null ? 'fail' : failures.length > 0 ? 'inconclusive' : 'pass';
  return {
    specificationVersion: 'v1',
    gate: 'oracle',
    phase: 0,
    verdict,
    summary: summarise(verification),
    policyDigest: policyDigest(policy),
    evidence: {
      plannedComparisons: compared,
      madeComparisons: compared,
      comparedElements: verification?.comparedElements ?? 0,
      seeds: [],
      subjects,
      elapsedMs,
    },
    comparisons: [],
    figures: verification
      ? [{ name: 'largest absolute error', value: verification.maxAbsoluteError, unit: '', limit: null }]
      : [],
    failures,
    firstDeviation: null,
  };
}

function summarise(verification: GoldenVerification | null): string {
  if (verification === null) {
    return 'No golden file beside the model: the oracle could be built, and was not held against anything.';
  }
  const { compared, comparedElements, failure } = verification;
  const made = `${compared} values of the golden compared, ${comparedElements} elements`;
  return failure === null ? `${made}, all within tolerance` : `${failure.subject}: ${failure.message}; ${made}`;
}
