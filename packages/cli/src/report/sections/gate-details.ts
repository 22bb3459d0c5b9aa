import type { GateComparison, GateFailure, GateReport } from '@tilewright/spec';
import { formatCount } from '../../terminal/quantities.ts';
import { dataTable } from '../data-table.ts';
import { type Content, html, type Markup } from '../html.ts';
import { type RuleLimits, ruleLimits } from '../rule-limits.ts';
import { formatFinite, formatNearOne, plural } from '../wording.ts';
import { type RuleWorst, worstByRule, worstOfAll } from '../worst-by-rule.ts';

const SHOWN_FAILURES = 20;

/** Figures of one gate; open where it did not pass. `headDim` chooses among limits that depend on it. */
export function gateDetails(report: GateReport, headDim: number | null): Markup {
  const { comparisons, figures, failures, firstDeviation, verdict } = report;
  const place = firstDeviation === null || firstDeviation.layer === null ? '' : ` in layer ${firstDeviation.layer}`;
  return html`${firstDeviation === null ? null : html`<p class="alert">First outside its tolerance: <strong>${firstDeviation.kernel}</strong>${place} (${firstDeviation.section}).</p>`}
${failures.length === 0 ? null : failureList(failures)}
${
  comparisons.length + figures.length === 0
    ? null
    : html`${comparisons.length === 0 ? null : worstLine(comparisons)}<details${verdict === 'pass' ? null : html` open`}><summary>Figures and limits</summary>
${comparisons.length === 0 ? null : comparisonTable(report, headDim)}
${figures.length === 0 ? null : figureTable(report)}
</details>`
}`;
}

/** The worst of each measure over all rules: what one wants to see before opening the table. */
function worstLine(comparisons: readonly GateComparison[]): Markup {
  const { error, correlation, rowCosine } = worstOfAll(comparisons);
  return html`<p class="quiet">Worst of all: mean relative L1 error <strong>${formatFinite(error.value)}</strong> at <code>${error.subject}</code>, correlation <strong>${formatNearOne(correlation.value)}</strong> at <code>${correlation.subject}</code>, cosine of a row <strong>${formatNearOne(rowCosine.value)}</strong> at <code>${rowCosine.subject}</code>.</p>
`;
}

function failureList(failures: readonly GateFailure[]): Markup {
  const more = failures.length - SHOWN_FAILURES;
  return html`<ul class="failures">${failures
    .slice(0, SHOWN_FAILURES)
    .map(
      ({ kind, subject, message, value, limit }) =>
        html`<li><strong>${kind}</strong> at <code>${subject}</code>: ${message}${value === null ? null : ` (${formatFinite(value)}${limit === null ? '' : `, limit ${formatFinite(limit)}`})`}</li>`,
    )}${more > 0 ? html`<li>and ${plural(more, 'more failure')} in the report file</li>` : null}</ul>`;
}

function comparisonTable(report: GateReport, headDim: number | null): Markup {
  const worst = worstByRule(report.comparisons);
  const limits = ruleLimits(report.policyDigest, headDim);
  return html`${limits === null ? html`<p class="quiet">This gate judged by another policy than this version of Tilewright has, so its limits are not shown.</p>` : null}
${dataTable(
  `Worst comparisons of the gate ${report.gate}, by rule`,
  [
    { heading: 'Rule' },
    { heading: 'Values', kind: 'figure' },
    { heading: 'Worst mean relative L1 error' },
    { heading: 'Worst correlation' },
    { heading: 'Worst cosine of a row' },
  ],
  worst.map((rule) => ruleRow(rule, limits?.(rule.rule) ?? null)),
)}`;
}

function ruleRow({ rule, count, failed, error, correlation, rowCosine }: RuleWorst, limit: RuleLimits | null) {
  const cell = (text: string, bound: string | null, subject: string): Markup =>
    html`<span class="figure-text">${text}</span>${bound === null ? null : html` <span class="limit">${bound}</span>`}<br><code class="subject">${subject}</code>`;
  return {
    ...(failed > 0 ? ({ style: 'wrong' } as const) : {}),
    cells: [
      html`<code>${rule}</code>`,
      failed > 0 ? `${formatCount(count)}, ${formatCount(failed)} outside` : formatCount(count),
      cell(formatFinite(error.value), limit && `at most ${limit.meanRelativeL1}`, error.subject),
      cell(formatNearOne(correlation.value), limit && `at least ${limit.correlation}`, correlation.subject),
      cell(
        formatNearOne(rowCosine.value),
        limit?.rowCosine == null ? null : `at least ${limit.rowCosine}`,
        rowCosine.subject,
      ),
    ] satisfies Content[],
  };
}

function figureTable({ gate, figures }: GateReport): Markup {
  return dataTable(
    `Further figures of the gate ${gate}`,
    [{ heading: 'Figure' }, { heading: 'Value', kind: 'figure' }, { heading: 'Limit', kind: 'figure' }],
    figures.map(({ name, value, unit, limit }) => ({
      cells: [
        name,
        `${figureText(value)}${unit === '' ? '' : ` ${unit}`}`,
        limit === null ? 'none' : `at ${limit.at} ${figureText(limit.value)}`,
      ],
    })),
  );
}

/** Counts in full, others short. */
function figureText(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : formatFinite(value);
}
