import type { GateReport } from '@tilewright/spec';

/** Errors of the same kernel from other seeds are alike; a claim beyond this factor is about something else. */
const ALIKE = 10;
/** Below this, errors are a few roundings, and how many of them is chance. */
const FEW_ROUNDINGS = 1e-4;

/** What is wrong with a claimed report in itself, one sentence each. */
export function inconsistencies(report: GateReport, phase: number): string[] {
  const { verdict, failures, comparisons, figures, evidence } = report;
  const faults: string[] = [];
  if (report.phase !== phase) faults.push(`it is about phase ${report.phase}`);
  if (verdict !== 'pass') return faults;
  if (failures.length > 0) faults.push(`it passes with ${failures.length} failures`);
  const failed = comparisons.find(({ passed }) => !passed);
  if (failed !== undefined) faults.push(`it passes with a failed comparison of ${failed.subject}`);
  const beyond = figures.find(({ value, limit }) => {
    if (limit === null) return false;
    return !(limit.at === 'most' ? value <= limit.value : value >= limit.value);
  });
  if (beyond !== undefined) faults.push(`it passes with ${beyond.name} beyond its limit`);
  if (evidence.madeComparisons < comparisons.length) faults.push('it has more comparisons than it made');
  const unbelievable = comparisons.find(({ statistics }) => statistics.nonFinite > 0 || !(statistics.count > 0));
  if (unbelievable !== undefined) faults.push(`${unbelievable.subject} passes with nothing finite compared`);
  return faults;
}

/** Comparisons that the evaluator's own gate made and the claimed one lacks. */
export function missingSubjects(claimed: GateReport, own: GateReport): string[] {
  const made = new Set(claimed.comparisons.map(({ subject }) => subject));
  return own.comparisons.map(({ subject }) => subject).filter((subject) => !made.has(subject));
}

/** Kernels whose claimed error is not like the one that was found: too good, or too bad, to be the same kernel's. */
export function unlikeErrors(claimed: GateReport, own: GateReport): string[] {
  const found = new Map(own.comparisons.map(({ subject, statistics }) => [subject, statistics.meanRelativeL1]));
  return claimed.comparisons.flatMap(({ subject, statistics }) => {
    const [ours, theirs] = [found.get(subject), statistics.meanRelativeL1];
    if (ours === undefined || (ours < FEW_ROUNDINGS && theirs < FEW_ROUNDINGS)) return [];
    const ratio = theirs / ours;
    return ratio >= 1 / ALIKE && ratio <= ALIKE
      ? []
      : [`${subject}: ${theirs.toPrecision(3)}, not ${ours.toPrecision(3)}`];
  });
}

/** Figures whose limit is not the one that the evaluator's own gate holds them to, or that are not there at all. */
export function strangeLimits(claimed: GateReport, own: GateReport): string[] {
  const limits = new Map(own.figures.map(({ name, limit }) => [generic(name), limit]));
  const strange = claimed.figures.flatMap(({ name, limit }) => {
    const expected = limits.get(generic(name));
    if (expected === undefined || JSON.stringify(expected) === JSON.stringify(limit)) return [];
    return [`${name}: ${limit === null ? 'none' : `${limit.at} ${limit.value}`}`];
  });
  const given = new Set(claimed.figures.map(({ name }) => name));
  // Figures that name a prompt are about what happened on it, which another prompt need not show.
  const missing = own.figures.filter(({ name, limit }) => limit !== null && name === generic(name) && !given.has(name));
  return [...strange, ...missing.map(({ name }) => `${name}: not there`)];
}

/** A figure's name without the prompt that it is about. */
function generic(name: string): string {
  return name.replace(/, .*$/, '');
}
