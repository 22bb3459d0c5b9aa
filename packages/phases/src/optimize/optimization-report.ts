import type { GateFigure, GateReport, OptimizationAttempt } from '@tilewright/spec';
import type { Objective, PlanTiming } from '../time/plan-timing.ts';
import { standingAttempts } from './replay-attempts.ts';

const OBJECTIVE_NAME: Readonly<Record<Objective, string>> = {
  timeToFirstToken: 'time to first token',
  token: 'time of a token',
};

/** The report of phase 4 or 5: the gate of the whole model on the plan that came out, and what was gained. */
export function optimizationReport(
  report: GateReport,
  identity: Pick<GateReport, 'gate' | 'phase'>,
  objective: Objective,
  timings: { readonly before: PlanTiming; readonly after: PlanTiming },
  attempts: readonly OptimizationAttempt[],
): GateReport {
  const [before, after] = [timings.before[objective], timings.after[objective]];
  const name = OBJECTIVE_NAME[objective];
  const unit = `µs (${after.kind})`;
  const gain = (100 * (before.us - after.us)) / before.us;
  const ours = attempts.filter(({ phase }) => phase === identity.phase);
  const kept = standingAttempts(attempts, identity.phase).length;
  const figures: GateFigure[] = [
    { name: `${name} before`, value: before.us, unit, limit: null },
    { name: `${name} after`, value: after.us, unit, limit: null },
    { name: 'gain', value: gain, unit: '% of the time', limit: null },
    { name: 'attempts', value: ours.length, unit: '', limit: null },
    { name: 'attempts kept', value: kept, unit: '', limit: null },
  ];
  const kind = after.kind === 'estimate' ? 'estimated' : 'measured';
  const times = `${name} ${milliseconds(before.us)} → ${milliseconds(after.us)} ms ${kind} (${kept} of ${ours.length} attempts kept)`;
  return { ...report, ...identity, summary: `${times}; ${report.summary}`, figures: [...figures, ...report.figures] };
}

function milliseconds(us: number): string {
  return (us / 1000).toFixed(2);
}
