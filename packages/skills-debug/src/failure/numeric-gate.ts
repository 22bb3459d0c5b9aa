import type { GateReport, Situation } from '@tilewright/spec';

const NUMERIC: ReadonlySet<string> = new Set([
  'tolerance-exceeded',
  'divergence',
  'non-finite',
  'sentinel-overwritten',
] satisfies GateReport['failures'][number]['kind'][]);

/** The report of a gate that found wrong numbers; null where it found shapes or missing work, or passed. */
export function numericGateReport({ failure }: Situation): GateReport | null {
  if (failure?.kind !== 'gate' || failure.report.verdict !== 'fail') return null;
  return failure.report.failures.some(({ kind }) => NUMERIC.has(kind)) ? failure.report : null;
}

/** What the gate said, and where the deviation begins. */
export function gateEvidence(report: GateReport): readonly string[] {
  const first = report.firstDeviation;
  return [
    `The gate ${report.gate} of phase ${report.phase}: ${report.summary}`,
    ...(first === null
      ? []
      : [
          `The first deviation is at ${first.section} ${first.kernel}${first.layer === null ? '' : ` of layer ${first.layer}`}.`,
        ]),
  ];
}
