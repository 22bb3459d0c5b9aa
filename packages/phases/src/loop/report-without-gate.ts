import type { Failure, GateReport } from '@tilewright/spec';

/** The report of a phase that ended before its gate could run: inconclusive, and it says why. */
export function reportWithoutGate(
  phase: number,
  gate: string,
  reason: string,
  failure: Failure | null,
  policyDigest: string,
  subjects: Readonly<Record<string, string>>,
): GateReport {
  const diagnostics = failure?.kind === 'compile' ? failure.diagnostics : [];
  return {
    specificationVersion: 'v1',
    gate,
    phase,
    verdict: 'inconclusive',
    summary: reason,
    policyDigest,
    evidence: {
      plannedComparisons: 0,
      madeComparisons: 0,
      comparedElements: 0,
      seeds: [],
      subjects,
      elapsedMs: 0,
    },
    comparisons: [],
    figures: [],
    failures:
      diagnostics.length === 0
        ? [{ kind: 'unsupported', subject: gate, message: reason, limit: null, value: null }]
        : diagnostics.map(({ dispatch, message, available, needed }) => ({
            ...{ kind: 'unsupported' as const, subject: dispatch, message },
            ...{ limit: available, value: needed },
          })),
    firstDeviation: null,
  };
}
