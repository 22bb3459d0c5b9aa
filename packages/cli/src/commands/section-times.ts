import type { EstimatedEntry, SectionEstimate } from '@tilewright/npu-runtime';
import type { Plan, PlanLaunch, SectionName } from '@tilewright/spec';
import { dispatchKey, type PlanError } from './plan-error.ts';

/** Estimated times of a section by step, summed over layers. */
export interface SectionTimes {
  readonly section: SectionName;
  readonly us: number;
  readonly dispatches: number;
  readonly dispatchesPerLayer: number;
  readonly steps: readonly StepTimes[];
}

export interface StepTimes {
  readonly step: string;
  readonly kind: 'dispatch' | 'host';
  readonly calls: number;
  readonly us: number;
  /** Of the section's time. */
  readonly share: number;
  /** Of `us`, what the device runs; the rest is copies, syncs and host work. */
  readonly deviceUs: number;
  /** Of the arguments, once per call. */
  readonly bytes: number;
  readonly boundBy: string;
  /** How far `deviceUs` may be off, as a share; null where nothing is recorded. */
  readonly errorShare: number | null;
  readonly launches: readonly LaunchTimes[];
}

/** A launch of a dispatch with where its configuration comes from. */
export interface LaunchTimes {
  readonly launch: string;
  readonly kernel: string;
  readonly shape: Readonly<Record<string, number>>;
  readonly basis: 'published' | 'derived' | 'edited' | 'authored';
  /** The row, what it was derived from, or who edited it. */
  readonly basisDetail: string | null;
}

export function sectionTimes(estimate: SectionEstimate, plan: Plan, error: PlanError | null): SectionTimes {
  const { once, layer } = plan.sections[estimate.section];
  return {
    section: estimate.section,
    us: estimate.us,
    dispatches: estimate.dispatches,
    dispatchesPerLayer: layer.filter(({ kind }) => kind === 'dispatch').length,
    steps: [...once, ...layer].map((step) => {
      const entries = estimate.entries.filter((entry) => entry.step === step.id);
      const own = entries.filter(({ action }) => action === 'run' || action === 'host');
      const us = sum(entries.map((entry) => entry.us));
      return {
        step: step.id,
        kind: step.kind,
        calls: own[0]?.calls ?? 0,
        us,
        share: us / estimate.us,
        deviceUs: sum(entries.filter(({ action }) => action === 'run').map((entry) => entry.us)),
        bytes: sum(own.map((entry) => entry.bytes)),
        boundBy: largestBound(entries),
        errorShare: error?.dispatches.get(dispatchKey(estimate.section, step.id)) ?? null,
        launches: step.kind === 'dispatch' ? step.launches.map(launchTimes) : [],
      };
    }),
  };
}

/** What most of a step's time is bound by, its copies and syncs counted with what the device runs. */
function largestBound(entries: readonly EstimatedEntry[]): string {
  const us = new Map<string, number>();
  for (const entry of entries) us.set(entry.boundBy, (us.get(entry.boundBy) ?? 0) + entry.us);
  return [...us].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}

function launchTimes({ id, kernel }: PlanLaunch): LaunchTimes {
  if (kernel.origin === 'authored') {
    return { launch: id, kernel: kernel.name, shape: {}, basis: 'authored', basisDetail: null };
  }
  const { name, shape, basis } = kernel;
  switch (basis.kind) {
    case 'row':
      return { launch: id, kernel: name, shape, basis: 'published', basisDetail: basis.row };
    case 'derived':
      return { launch: id, kernel: name, shape, basis: 'derived', basisDetail: basis.nearest ?? basis.reason };
    case 'edited':
      return { launch: id, kernel: name, shape, basis: 'edited', basisDetail: basis.by };
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
