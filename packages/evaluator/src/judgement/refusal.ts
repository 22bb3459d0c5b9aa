import type { FailureKind, GateReport } from '@tilewright/spec';
import { ownReport } from './own-report.ts';

/** The report about a plan that could not be judged to the end, and so fails. */
export function refusal(
  message: string,
  subjects: Readonly<Record<string, string>>,
  kind: FailureKind = 'unsupported',
): GateReport {
  const failure = { kind, subject: 'plan.json', message, limit: null, value: null };
  const summary = ownReport({
    ...{ gate: 'plan', passed: '', planned: 1, made: 1, subjects },
    failures: [failure],
    started: performance.now(),
  });
  return { ...summary, summary: message };
}
