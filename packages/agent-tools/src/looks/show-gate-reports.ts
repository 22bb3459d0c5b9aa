import type { GateReport } from '@tilewright/spec';
import { z } from 'zod';
import { cleanName } from '../text/clean-text.ts';
import { fitted, fittedSchema } from '../text/fitted.ts';
import { quoteUntrusted } from '../text/quote-untrusted.ts';
import type { AgentTool } from '../tool/agent-tool.ts';
import { lookTool } from '../tool/define-tool.ts';
import { mistake, viewed } from '../tool/results.ts';
import { comparisonSchema, failureSchema, shownComparison, shownFailure } from './gate-evidence.ts';

const deviation = z.strictObject({ layer: z.int().nullable(), kernel: z.string(), section: z.string() }).nullable();

export const showGateReports: AgentTool = lookTool({
  name: 'show_gate_reports',
  title: 'Show the gate reports of this phase',
  description:
    'The reports of this phase, the latest first: verdict, how much was compared, the first kernel outside its tolerance. ' +
    'With a `report` it shows that one: its failures, its figures with their limits, and its worst comparisons.',
  input: z.strictObject({
    report: z.int().min(0).max(1_000_000).exactOptional().describe('The index of one report, from 0, oldest first.'),
  }),
  output: z.strictObject({
    reports: fittedSchema(
      z.strictObject({
        report: z.int(),
        gate: z.string(),
        verdict: z.enum(['pass', 'fail', 'inconclusive']),
        summary: z.string(),
        comparisons: z.strictObject({ planned: z.number(), made: z.number(), failed: z.number() }),
        failures: z.int(),
        firstDeviation: deviation,
      }),
    ),
    detail: z
      .strictObject({
        failures: fittedSchema(failureSchema),
        figures: fittedSchema(
          z.strictObject({
            name: z.string(),
            value: z.number().nullable(),
            unit: z.string(),
            limit: z.strictObject({ at: z.enum(['most', 'least']), value: z.number() }).nullable(),
          }),
        ),
        worstComparisons: fittedSchema(comparisonSchema),
      })
      .nullable(),
  }),
  run: ({ report: index }, { observation: { reports } }) => {
    const wanted = index === undefined ? undefined : reports[index];
    if (index !== undefined && wanted === undefined) {
      return mistake(`There is no report ${index}: the gate has run ${reports.length} times in this phase.`);
    }
    const numbered = reports.map((report, at) => shownReport(report, at));
    const shown = index === undefined ? numbered.toReversed() : numbered.slice(index, index + 1);
    return viewed({
      reports: fitted(shown, wanted === undefined ? 16_000 : 3000),
      detail: wanted === undefined ? null : reportDetail(wanted),
    });
  },
});

function shownReport(
  { gate, verdict, summary, evidence, comparisons, failures, firstDeviation }: GateReport,
  at: number,
) {
  return {
    ...{ report: at, gate: cleanName(gate), verdict, summary: quoteUntrusted(`gate ${gate}`, summary, 600) },
    comparisons: {
      planned: evidence.plannedComparisons,
      made: evidence.madeComparisons,
      failed: comparisons.filter(({ passed }) => !passed).length,
    },
    failures: failures.length,
    firstDeviation: firstDeviation && {
      ...{ layer: firstDeviation.layer, kernel: cleanName(firstDeviation.kernel) },
      section: cleanName(firstDeviation.section),
    },
  };
}

function reportDetail({ failures, figures, comparisons }: GateReport) {
  const worst = [...comparisons].sort(
    (a, b) => Number(a.passed) - Number(b.passed) || b.statistics.meanRelativeL1 - a.statistics.meanRelativeL1,
  );
  return {
    failures: fitted(failures.map(shownFailure), 7000),
    figures: fitted(
      figures.map(({ name, value, unit, limit }) => ({
        ...{ name: cleanName(name), value: Number.isFinite(value) ? value : null, unit: cleanName(unit, 40) },
        limit: limit && { at: limit.at, value: limit.value },
      })),
      3000,
    ),
    worstComparisons: fitted(worst.slice(0, 15).map(shownComparison), 5000),
  };
}
