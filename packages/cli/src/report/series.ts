import type { OptimizationAttempt, OptimizationTrajectory, Timing } from '@tilewright/spec';

/** One phase of the trajectory: how the time stood after each attempt. */
export interface Series {
  readonly phase: number;
  /** What is timed. */
  readonly title: string;
  readonly timing: Timing['kind'];
  readonly startUs: number;
  readonly endUs: number;
  readonly points: readonly SeriesPoint[];
}

export interface SeriesPoint {
  readonly attempt: OptimizationAttempt;
  /** What stands after it: its own time if it was kept, else the time before it. */
  readonly standingUs: number;
}

const TITLES: Readonly<Record<number, string>> = { 4: 'Prefill', 5: 'Decode, per token' };

/** A series per phase, in the order of their attempts. One estimate among its times makes it a series of estimates. */
export function seriesOf({ attempts }: OptimizationTrajectory): readonly Series[] {
  return [...new Set(attempts.map(({ phase }) => phase))].map((phase) => {
    const points = attempts
      .filter((attempt) => attempt.phase === phase)
      .map((attempt) => ({
        attempt,
        standingUs: attempt.kept && attempt.afterUs !== null ? attempt.afterUs : attempt.beforeUs,
      }));
    const estimated = points.some(({ attempt }) => attempt.timing === 'estimate');
    return {
      phase,
      title: TITLES[phase] ?? `Phase ${phase}`,
      timing: estimated ? 'estimate' : 'measurement',
      startUs: points[0]?.attempt.beforeUs ?? 0,
      endUs: points.at(-1)?.standingUs ?? 0,
      points,
    };
  });
}
