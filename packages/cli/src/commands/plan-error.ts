import { lowerPlan, measuredNeighbour } from '@tilewright/kernel-registry';
import type { ScheduleEstimate, SectionEstimate } from '@tilewright/npu-runtime';
import type { Plan, SectionName, Target } from '@tilewright/spec';
import { CALIBRATION_RECORD, estimateError } from '@tilewright/target-xdna2-sim';

/**
 * How far a plan's times may be off, as shares: the errors of its dispatches at shapes that no fit had seen (nine of
 * ten were nearer), weighted by their time and taken to add up; copies and host steps count as all kernels together.
 */
export interface PlanError {
  readonly timeToFirstTokenShare: number;
  readonly decodeTokenShare: number;
  /** By section and step, of the dispatches. */
  readonly dispatches: ReadonlyMap<string, number>;
}

/** A shape that the plan runs and no published row is within a factor of two of. */
export interface UnmeasuredShape {
  readonly kernel: string;
  readonly shape: Readonly<Record<string, number>>;
  /** Where it runs: `decode input_norm`. */
  readonly launches: readonly string[];
}

export function dispatchKey(section: SectionName, step: string): string {
  return `${section} ${step}`;
}

/** Null for a target whose errors nobody recorded. */
export function planError(plan: Plan, schedule: ScheduleEstimate, target: Target): PlanError | null {
  if (target.id !== 'xdna2-sim') return null;
  const dispatches = new Map(
    lowerPlan(plan, target.device).dispatches.map(({ section, step, program }) => [
      dispatchKey(section, step),
      estimateError(program).share,
    ]),
  );
  const elsewhere = CALIBRATION_RECORD.leaveOneOut.all?.p90 ?? 0;
  const errorUs = ({ section, entries }: SectionEstimate): number =>
    entries.reduce((sum, { step, action, us }) => {
      const share = action === 'run' ? dispatches.get(dispatchKey(section, step)) : undefined;
      return sum + us * (share ?? elsewhere);
    }, 0);
  const { prefill, decode, head, timeToFirstTokenUs, decodeTokenUs } = schedule;
  return {
    timeToFirstTokenShare: (errorUs(prefill) + errorUs(head)) / timeToFirstTokenUs,
    decodeTokenShare: (errorUs(decode) + errorUs(head)) / decodeTokenUs,
    dispatches,
  };
}

/** The shapes of a plan that are far from all that was measured, each once. */
export function unmeasuredShapes(plan: Plan): readonly UnmeasuredShape[] {
  const found = new Map<string, { kernel: string; shape: UnmeasuredShape['shape']; launches: string[] }>();
  for (const section of ['prefill', 'decode', 'head'] as const) {
    const { once, layer } = plan.sections[section];
    for (const step of [...once, ...layer]) {
      for (const { id, kernel } of step.kind === 'dispatch' ? step.launches : []) {
        const shape = kernel.origin === 'registry' ? kernel.shape : {};
        if (kernel.origin === 'registry' && measuredNeighbour(kernel.name, shape) !== null) continue;
        const key = JSON.stringify([kernel.name, shape]);
        const entry = found.get(key) ?? { kernel: kernel.name, shape, launches: [] };
        entry.launches.push(dispatchKey(section, id));
        found.set(key, entry);
      }
    }
  }
  return [...found.values()];
}
