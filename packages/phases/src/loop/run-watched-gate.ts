import type { DeployedModel, Failure, GateReport } from '@tilewright/spec';
import { failureOf } from './plan-fault.ts';
import { recordFaults } from './record-faults.ts';

export interface GateResult {
  readonly report: GateReport;
  /** What skills are shown where it did not pass: the fault of the device if there was one, else the report. */
  readonly failure: Failure | null;
}

/** Runs a gate on a deployed model, and keeps the dump of a fault that the report only mentions. */
export async function runWatchedGate(
  deployed: DeployedModel,
  gate: (deployed: DeployedModel) => Promise<GateReport>,
): Promise<GateResult> {
  const watched = recordFaults(deployed);
  const report = await gate(watched.deployed);
  if (report.verdict === 'pass') return { report, failure: null };
  return { report, failure: failureOf(watched.fault()) ?? { kind: 'gate', report } };
}

/** A failure in one line. */
export function failureLine(failure: Failure): string {
  if (failure.kind === 'gate') return failure.report.summary;
  if (failure.kind === 'runtime') return `${failure.dispatch}: ${failure.fault} while it ran`;
  const [first, ...others] = failure.diagnostics;
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  return first === undefined
    ? 'the plan does not compile'
    : `${first.dispatch} does not compile: ${first.message}${more}`;
}
