import type { OptimizationAttempt, OptimizationTrajectory } from '@tilewright/spec';

const PHASE_TITLE: Readonly<Record<number, string>> = {
  4: 'Phase 4: prefill (time to first token)',
  5: 'Phase 5: decode (time of a token)',
};

/** `perf_opt_traj.md`: every attempt for people. `perf_opt_traj.json` is what programs read. */
export function trajectoryDocument({ attempts }: OptimizationTrajectory): string {
  const phases = [...new Set(attempts.map(({ phase }) => phase))];
  const lines = ['# Optimisation trajectory', ''];
  if (attempts.length === 0) lines.push('Nothing was tried.', '');
  for (const phase of phases) {
    const ours = attempts.filter((attempt) => attempt.phase === phase);
    lines.push(`## ${PHASE_TITLE[phase] ?? `Phase ${phase}`}`, '');
    lines.push('| attempt | proposal | before | after | | |', '|---|---|---|---|---|---|');
    for (const { attempt, proposal, beforeUs, afterUs, kept, rejection } of ours) {
      const change = afterUs === null ? '' : percent(beforeUs, afterUs);
      const after = afterUs === null ? '' : microseconds(afterUs);
      const verdict = kept ? 'kept' : `taken back: ${rejection}`;
      lines.push(
        `| ${attempt} | ${cell(proposal)} | ${microseconds(beforeUs)} | ${after} | ${change} | ${cell(verdict)} |`,
      );
    }
    lines.push('', ...ours.flatMap(attemptLines));
  }
  return lines.join('\n');
}

function attemptLines(attempt: OptimizationAttempt): string[] {
  const { beforeUs, afterUs, expectedGainUs, timing, cites, edits } = attempt;
  const found =
    afterUs === null
      ? 'it could not be timed'
      : `${microseconds(beforeUs)} → ${microseconds(afterUs)}, ${percent(beforeUs, afterUs)} (${timing})`;
  return [
    `### Attempt ${attempt.attempt}: ${attempt.proposal}`,
    '',
    `- What: ${attempt.summary} (${edits.length} edits${attempt.skill === null ? '' : `, skill ${attempt.skill}`})`,
    `- Why: ${attempt.reason}`,
    ...(cites.length === 0 ? [] : [`- Lessons: ${cites.join(', ')}`]),
    `- Expected: ${expectedGainUs === null ? 'nothing was said' : `a gain of ${microseconds(expectedGainUs)}`}`,
    `- Found: ${found}`,
    attempt.kept ? '- Kept.' : `- Taken back: ${attempt.rejection}`,
    `- Plan: ${attempt.planDigest}`,
    '',
  ];
}

function microseconds(us: number): string {
  return `${us.toLocaleString('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 })} µs`;
}

function percent(before: number, after: number): string {
  const change = (100 * (after - before)) / before;
  return `${change > 0 ? '+' : '−'}${Math.abs(change).toFixed(2)} %`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
