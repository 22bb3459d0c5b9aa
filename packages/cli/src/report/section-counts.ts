import type { PlanSection, PlanStep } from '@tilewright/spec';

/** What one pass through a section does, counted. */
export interface SectionCounts {
  /** Steps of the plan, which run once per layer or once. */
  readonly dispatchesPerLayer: number;
  readonly dispatches: number;
  /** Dispatches of several launches. */
  readonly merged: number;
  readonly launches: number;
  readonly hostSteps: number;
  /** Buffers by where they live and what for: `host`, `device static`, … */
  readonly buffers: ReadonlyMap<string, number>;
}

export function sectionCounts(section: PlanSection, layers: number): SectionCounts {
  const inPass = (count: (steps: readonly PlanStep[]) => number): number =>
    count(section.once) + layers * count(section.layer);
  const buffers = new Map<string, number>();
  for (const { residency, role } of section.buffers) {
    const kind = residency === 'host' ? 'host' : `device ${role}`;
    buffers.set(kind, (buffers.get(kind) ?? 0) + 1);
  }
  return {
    dispatchesPerLayer: launchCounts(section.layer).length,
    dispatches: inPass((steps) => launchCounts(steps).length),
    merged: inPass((steps) => launchCounts(steps).filter((launches) => launches > 1).length),
    launches: inPass((steps) => launchCounts(steps).reduce((sum, launches) => sum + launches, 0)),
    hostSteps: inPass((steps) => steps.filter(({ kind }) => kind === 'host').length),
    buffers,
  };
}

/** How many launches each dispatch has. */
function launchCounts(steps: readonly PlanStep[]): number[] {
  return steps.flatMap((step) => (step.kind === 'dispatch' ? [step.launches.length] : []));
}
