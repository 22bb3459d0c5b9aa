import { POLICY, policyDigest } from '@tilewright/gates';
import type { GateReport } from '@tilewright/spec';

/** The only gate report of a plan that could not be run at all. */
export function refusal(message: string, subjects: Readonly<Record<string, string>>): GateReport {
  return {
    ...{ specificationVersion: 'v1', gate: 'plan', phase: 7, verdict: 'fail', summary: message },
    policyDigest: policyDigest(POLICY),
    evidence: {
      ...{ plannedComparisons: 1, madeComparisons: 1, comparedElements: 0, seeds: [], subjects },
      elapsedMs: 0,
    },
    ...{ comparisons: [], figures: [] },
    failures: [{ kind: 'unsupported', subject: 'plan.json', message, limit: null, value: null }],
    firstDeviation: null,
  };
}
