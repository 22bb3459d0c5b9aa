import { programWork } from '@tilewright/kernel-registry';
import type { GateFailure, LoweredPlan, Plan, PlanLaunch, SectionName } from '@tilewright/spec';
import type { RequiredWork } from './required-work.ts';

/** What a section was found to do on the device of what it has to. */
export interface SectionWork {
  readonly section: SectionName;
  /** Per pass through one layer; for the head per position. */
  readonly requiredMultiplyAccumulates: number;
  readonly foundMultiplyAccumulates: number;
  readonly requiredBytesRead: number;
  readonly foundBytesRead: number;
  /** How many of the required ops were looked for, and how many a launch computes. */
  readonly required: number;
  readonly found: number;
  readonly failures: readonly GateFailure[];
}

/**
 * Holds a section's Programs against the work that it has to do: each required op must be computed by
 * launches that take its weight, in dispatches whose Programs do at least its multiply-accumulates and
 * read at least its weights. What a launch says of itself counts for nothing without the work.
 */
export function sectionWork(
  plan: Plan,
  lowered: LoweredPlan,
  section: SectionName,
  required: readonly RequiredWork[],
): SectionWork {
  const { once, layer } = plan.sections[section];
  const failures: GateFailure[] = [];
  const launchesOf = new Map<string, string[]>();
  let found = 0;
  for (const work of required) {
    let isComputed = false;
    for (const step of [...once, ...layer]) {
      if (step.kind !== 'dispatch') continue;
      if (!step.launches.some((launch) => computes(plan, section, launch, work))) continue;
      isComputed = true;
      launchesOf.set(step.id, [...(launchesOf.get(step.id) ?? []), work.computes]);
    }
    if (isComputed) found++;
    else failures.push(absent(section, work));
  }

  const total = { multiplyAccumulates: 0, bytesRead: 0 };
  for (const dispatch of lowered.dispatches) {
    if (dispatch.section !== section || !launchesOf.has(dispatch.step)) continue;
    const work = programWork(dispatch.program);
    total.multiplyAccumulates += work.multiplyAccumulates;
    total.bytesRead += work.bytesRead;
    // A partitioned op is spread over dispatches, which only their sum can be held against.
    const computed = launchesOf.get(dispatch.step) ?? [];
    const whole = required.filter(
      (op) => computed.includes(op.computes) && dispatchesOf(launchesOf, op.computes) === 1,
    );
    failures.push(...shortfall(dispatch.id, sum(whole), work));
  }
  const needed = sum(required);
  if (failures.length === 0) failures.push(...shortfall(section, needed, total));
  return {
    section,
    requiredMultiplyAccumulates: needed.multiplyAccumulates,
    foundMultiplyAccumulates: total.multiplyAccumulates,
    requiredBytesRead: needed.bytesRead,
    foundBytesRead: total.bytesRead,
    required: required.length,
    found,
    failures,
  };
}

interface Amount {
  readonly multiplyAccumulates: number;
  readonly bytesRead: number;
}

function sum(works: readonly Amount[]): Amount {
  return {
    multiplyAccumulates: works.reduce((total, work) => total + work.multiplyAccumulates, 0),
    bytesRead: works.reduce((total, work) => total + work.bytesRead, 0),
  };
}

function computes(
  plan: Plan,
  section: SectionName,
  launch: PlanLaunch,
  { computes: tap, weight }: RequiredWork,
): boolean {
  // What a kernel of several ops has inside, it computes too; that its kernel is one is checked where plans are lowered.
  if (launch.computes !== tap && launch.inside?.includes(tap) !== true) return false;
  if (weight === null) return true;
  const bound = new Set(Object.values(launch.arguments));
  return plan.sections[section].buffers.some(
    ({ id, content }) =>
      bound.has(id) && content.kind === 'matrix' && (content.weight === weight || content.interleavedWith === weight),
  );
}

function dispatchesOf(launchesOf: ReadonlyMap<string, readonly string[]>, op: string): number {
  return [...launchesOf.values()].filter((computed) => computed.includes(op)).length;
}

function absent(section: SectionName, { computes: tap, weight }: RequiredWork): GateFailure {
  const taking = weight === null ? '' : ` that takes ${weight}`;
  const message = `no launch on the device${taking} computes it`;
  return { kind: 'not-on-device', subject: `${section} ${tap}`, message, limit: 1, value: 0 };
}

function shortfall(subject: string, needed: Amount, found: Amount): GateFailure[] {
  const figures = [
    ['multiply-accumulates', needed.multiplyAccumulates, found.multiplyAccumulates],
    ['bytes read from DDR', needed.bytesRead, found.bytesRead],
  ] as const;
  return figures
    .filter(([, limit, value]) => value < limit)
    .map(([what, limit, value]) => ({
      ...{ kind: 'not-on-device' as const, subject, limit, value },
      message: `its Programs do fewer ${what} than the model needs`,
    }));
}
