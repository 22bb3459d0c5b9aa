import type { GateFigure } from '@tilewright/spec';
import { formatCount, formatFigure } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';
import { wrapText } from '../terminal/table.ts';
import type { GateSummary } from '../workspace/gate-summary.ts';

const WIDTH = 100;
const SHOWN_FAILURES = 5;

/** A gate in a few words: how much was compared, and the worst of each measure. */
export function gateFigures({ worst, evidence, figures }: GateSummary): string {
  const { madeComparisons: made, plannedComparisons: planned } = evidence;
  const counted = made >= planned ? formatCount(made) : `${formatCount(made)} of ${formatCount(planned)}`;
  const measures =
    worst === null
      ? figures
          .filter(({ limit }) => limit?.at !== 'least')
          .slice(0, 1)
          .map(figureText)
      : [`L1 ${formatFigure(worst.meanRelativeL1)}`, `correlation ${formatCorrelation(worst.correlation)}`];
  return [`${counted} comparisons`, ...measures, ...heldAgainst(evidence)].join(', ');
}

/** What the oracle was held against, in a word each; nothing for gates that compare with the oracle. */
function heldAgainst({ references }: GateSummary['evidence']): string[] {
  if (references === undefined) return [];
  if (references.length === 0) return ['held against nothing'];
  return [`against ${references.map((name) => name.replace(/ (with|made by) .*$/, '')).join(' and ')}`];
}

/** What a gate that did not pass found: its summary, the first deviation, the first failures. */
export function gateFindings(report: GateSummary, style: Style): string[] {
  if (report.verdict === 'pass') return [];
  const { firstDeviation, failures } = report;
  const place = firstDeviation?.layer == null ? '' : ` in layer ${firstDeviation.layer}`;
  const left = failures.length - SHOWN_FAILURES;
  return [
    style.bad(`${report.gate}: ${report.verdict}`),
    ...indented(report.summary),
    ...(firstDeviation === null
      ? []
      : indented(`First outside its tolerance: ${firstDeviation.kernel}${place} (${firstDeviation.section}).`)),
    ...failures
      .slice(0, SHOWN_FAILURES)
      .flatMap(({ kind, subject, message }) => indented(`${kind}: ${subject}: ${message}`)),
    ...(left > 0 ? indented(`and ${left} more; the report has all of them`) : []),
  ];
}

function figureText({ name, value, unit }: GateFigure): string {
  return `${name} ${formatFigure(value)}${unit === '' || unit === '1' ? '' : ` ${unit}`}`;
}

/** Near 1 what matters is the distance to it: two digits of that. */
function formatCorrelation(value: number): string {
  const distance = 1 - value;
  if (!Number.isFinite(value) || distance <= 0 || distance > 0.1) return formatFigure(value);
  return value.toFixed(Math.min(10, 1 - Math.floor(Math.log10(distance))));
}

function indented(text: string): string[] {
  return wrapText(text, WIDTH - 2).map((line) => `  ${line}`);
}
