import type {
  Compiled,
  DispatchId,
  Estimate,
  EvaluatedPerformance,
  GateFailure,
  GateReport,
  Target,
} from '@tilewright/spec';
import { ownReport } from '../judgement/own-report.ts';
import type { ReportedTimes } from '../session/run-audit.ts';
import { leastTimeUs } from './least-time.ts';
import { SAME_ESTIMATE } from './same-estimate.ts';

export interface TimeGateRequest {
  readonly target: Target;
  readonly compiled: Compiled;
  /** What runs of its dispatches reported. */
  readonly times: ReadonlyMap<DispatchId, ReportedTimes>;
  /** What the target estimates without running; null if it does not. */
  readonly estimates: ReadonlyMap<DispatchId, Estimate> | null;
  readonly performance: EvaluatedPerformance;
  readonly subjects: Readonly<Record<string, string>>;
}

/**
 * Whether times can be what they are called: positive numbers, of the kind that the target gives, not below what the
 * device's limits allow, and an estimate the same whether the dispatch was run or not.
 */
export function timeGate(request: TimeGateRequest): GateReport {
  const { target, compiled, times, estimates, performance: found, subjects } = request;
  const started = performance.now();
  const failures: GateFailure[] = [];
  const implausible = (subject: string, message: string, limit: number | null, value: number): void => {
    const shown = Number.isFinite(value) ? value : null;
    failures.push({ kind: 'implausible-time', subject, message, limit, value: shown });
  };
  let made = 0;
  for (const { id, program } of compiled.lowered.dispatches) {
    const run = times.get(id);
    if (run === undefined) continue;
    made++;
    const least = leastTimeUs(program, target.device);
    const estimate = estimates?.get(id);
    if (estimates !== null && estimate === undefined) implausible(id, 'it has no estimate', null, Number.NaN);
    for (const [what, us] of [
      ['a run', run.shortestUs],
      ['a run', run.longestUs],
      ['the estimate', estimate?.us ?? run.longestUs],
    ] as const) {
      if (!Number.isFinite(us) || us <= 0) implausible(id, `${what} takes ${us} µs`, 0, us);
      else if (us < least) implausible(id, `${what} takes less time than its work at the device's limits`, least, us);
    }
    if ([...run.kinds].some((kind) => kind !== target.timing)) {
      implausible(id, `a run reports a time that is no ${target.timing}`, null, run.shortestUs);
    }
    if (run.unequalParts !== null) {
      const { us, parts } = run.unequalParts;
      implausible(id, `the parts of the time of a run come to ${parts} µs`, us, parts);
    }
    if (estimate === undefined || target.timing !== 'estimate') continue;
    for (const us of new Set([run.shortestUs, run.longestUs])) {
      if (Math.abs(us - estimate.us) <= SAME_ESTIMATE * estimate.us) continue;
      implausible(id, 'a run reports another time than the estimate of the same dispatch', estimate.us, us);
    }
  }
  for (const [name, value] of [
    ['time to first token', found.timeToFirstTokenUs],
    ['decode speed', found.decodeTokensPerSecond],
  ] as const) {
    if (!Number.isFinite(value) || value <= 0) implausible(name, `it is ${value}`, 0, value);
  }
  const planned = compiled.lowered.dispatches.length;
  return ownReport({
    ...{ gate: 'time', planned, made, subjects, failures, started },
    passed: `the times of ${made} dispatches are within the device's limits${estimates === null ? '' : ' and the same as their estimates'}`,
  });
}
