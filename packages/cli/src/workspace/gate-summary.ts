import type { GateReport } from '@tilewright/spec';

/** A gate's report without its single comparisons, which stand in the file. */
export interface GateSummary extends Omit<GateReport, 'comparisons'> {
  /** The worst of all comparisons; null where none were made. */
  readonly worst: { readonly meanRelativeL1: number; readonly correlation: number } | null;
}

export function summariseGate({ comparisons, ...report }: GateReport): GateSummary {
  const statistics = comparisons.map((comparison) => comparison.statistics);
  const worst = {
    meanRelativeL1: Math.max(...statistics.map((each) => each.meanRelativeL1)),
    correlation: Math.min(...statistics.map((each) => each.correlation)),
  };
  return { ...report, worst: statistics.length === 0 ? null : worst };
}
