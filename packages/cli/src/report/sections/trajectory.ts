import type { OptimizationAttempt } from '@tilewright/spec';
import { formatShare, formatUs } from '../../terminal/quantities.ts';
import { badge } from '../badge.ts';
import { dataTable } from '../data-table.ts';
import { type Content, html, type Markup } from '../html.ts';
import type { ReportInput } from '../report-input.ts';
import { missing, sectionFrame } from '../section-frame.ts';
import { type Series, seriesOf } from '../series.ts';
import { plural, timingWord } from '../wording.ts';
import { trajectoryChart } from './trajectory-chart.ts';

/** Every optimisation that was tried, as a chart and as a table. */
export function trajectory({ trajectory }: ReportInput): Markup {
  const text = { id: 'trajectory', title: 'Optimisation trajectory' };
  const lead = 'One proposal at a time. It is kept only if the gate still passes and the time falls enough.';
  if (trajectory === null) {
    return sectionFrame({ ...text, lead }, missing('There is no perf_opt_traj.json: nothing has been optimised yet.'));
  }
  if (trajectory.attempts.length === 0) {
    return sectionFrame({ ...text, lead }, html`<p>No proposal was tried.</p>`);
  }
  const series = seriesOf(trajectory);
  return sectionFrame(
    { ...text, lead: [lead, ' ', timesAre(series)] },
    html`<div class="charts">${series.map(chart)}</div>
<p class="legend" aria-hidden="true"><span><span class="key kept">●</span> kept</span> <span><span class="key rejected">✕</span> rejected</span> <span><span class="key untimed">□</span> rejected without a time</span> <span><span class="key line">―</span> time of the plan that stands</span></p>
${attemptTable(trajectory.attempts)}`,
  );
}

function timesAre(series: readonly Series[]): string {
  const kinds = [...new Set(series.map(({ timing }) => timing))];
  return kinds.length === 1 && kinds[0] === 'estimate'
    ? 'All times are estimates.'
    : kinds.length === 1
      ? 'All times are measurements.'
      : 'Which times are estimates is said at each.';
}

function chart(series: Series): Markup {
  const { title, timing, startUs, endUs, points } = series;
  const kept = points.filter(({ attempt }) => attempt.kept).length;
  const faster = endUs > 0 ? `, ${(startUs / endUs).toFixed(2)}×` : '';
  return html`<figure>
<figcaption><strong>${title}</strong> <span class="quiet">(${timingWord(timing)})</span><br>${formatUs(startUs)} → ${formatUs(endUs)}${faster} <span class="quiet">· ${plural(points.length, 'attempt')}, ${kept} kept</span></figcaption>
${trajectoryChart(series)}
</figure>`;
}

function attemptTable(attempts: readonly OptimizationAttempt[]): Markup {
  return dataTable(
    'All attempts',
    [
      { heading: 'Attempt' },
      { heading: 'What' },
      { heading: 'Why' },
      { heading: 'Expected gain', kind: 'figure' },
      { heading: 'Found gain', kind: 'figure' },
      { heading: 'Before → after', kind: 'figure' },
      { heading: 'Outcome' },
    ],
    attempts.map((attempt) => ({ style: attempt.kept ? 'kept' : 'rejected', cells: attemptCells(attempt) })),
  );
}

function attemptCells(attempt: OptimizationAttempt): Content[] {
  const { beforeUs, afterUs, expectedGainUs, timing, cites, skill, proposal } = attempt;
  return [
    html`${attempt.attempt}<br> <span class="quiet">phase ${attempt.phase}</span>`,
    html`${attempt.summary}<br><code class="subject">${proposal}</code><br><span class="quiet">${skill === null ? 'no skill’s proposal' : `skill ${skill}`}, ${plural(attempt.edits.length, 'edit')}</span>`,
    html`${attempt.reason}${cites.length === 0 ? null : html`<br><span class="quiet">cites ${cites.join(', ')}</span>`}`,
    expectedGainUs === null ? 'not said' : signedUs(expectedGainUs),
    afterUs === null
      ? 'no time'
      : html`${signedUs(beforeUs - afterUs)}<br><span class="quiet">${beforeUs > 0 ? signedShare(1 - afterUs / beforeUs) : ''}</span>`,
    html`${formatUs(beforeUs)} → ${afterUs === null ? 'no time' : formatUs(afterUs)}<br><span class="quiet">${timingWord(timing)}</span>`,
    attempt.kept
      ? badge('good', 'kept')
      : html`${badge('neutral', 'rejected')}<br><span class="rejection">${attempt.rejection ?? 'no reason is recorded'}</span>`,
  ];
}

function signedUs(us: number): string {
  return us < 0 ? `−${formatUs(-us)}` : formatUs(us);
}

function signedShare(share: number): string {
  return share < 0 ? `−${formatShare(-share)}` : formatShare(share);
}
