import type { EvaluationReport } from '@tilewright/spec';
import { digits, formatCount, formatElapsed, formatUs } from '../../terminal/quantities.ts';
import { badge, toneOf } from '../badge.ts';
import { dataTable } from '../data-table.ts';
import { html, type Markup } from '../html.ts';
import type { ReportInput } from '../report-input.ts';
import { missing, sectionFrame } from '../section-frame.ts';
import { formatTime, plural, shortDigest, timingWord } from '../wording.ts';
import { gateDetails } from './gate-details.ts';

/** What the evaluator found, and what exactly it judged. */
export function verdict({ evaluation, manifest, plan }: ReportInput): Markup {
  const lead =
    'The evaluator judges in a fresh process, with seeds of its own, and reads the claims of the deployment only after its own figures are settled.';
  if (evaluation === null) {
    return sectionFrame(
      { id: 'verdict', title: 'Verdict', lead },
      html`${missing('Nobody has judged this deployment: there is no evaluation in the workspace. Run tilewright evaluate on it.')}
<h3>What the deployment says of itself</h3>
${subjectTable({ model: manifest.model.digest, plan: manifest.planDigest ?? 'none yet', policy: manifest.policyDigest, target: manifest.target.id })}`,
    );
  }
  const { performance } = evaluation;
  const word = timingWord(performance.timing);
  return sectionFrame(
    { id: 'verdict', title: 'Verdict', lead },
    html`<p class="verdict-line">${badge(toneOf(evaluation.verdict), evaluation.verdict)} ${evaluation.summary}.</p>
<p>Judged ${formatTime(evaluation.evaluatedAt)}. Time to first token ${formatUs(performance.timeToFirstTokenUs)} (${word}) for ${plural(performance.promptTokens, 'token')}, then ${digits(performance.decodeTokensPerSecond)} tokens per second (${word}).</p>
<h3>What was judged</h3>
${subjectTable(evaluation.subjects)}
<p>Seeds, drawn after the deployment was frozen: ${evaluation.seeds.length === 0 ? 'none' : html`<code>${evaluation.seeds.join(', ')}</code>`}.</p>
<h3>The evaluator’s gates</h3>
${gates(evaluation, plan?.model.headDim ?? null)}
<h3>Claims of the deployment</h3>
${claims(evaluation)}`,
  );
}

function subjectTable(subjects: Readonly<Record<string, string>>): Markup {
  return dataTable(
    'Digests of what was judged',
    [{ heading: 'Subject' }, { heading: 'Digest' }],
    Object.entries(subjects).map(([subject, value]) => ({
      cells: [subject, html`<code class="digest">${value}</code>`],
    })),
  );
}

function gates({ gates }: EvaluationReport, headDim: number | null): Markup {
  if (gates.length === 0) return missing('The evaluation has no gate reports.');
  return html`<ol class="phases">${gates.map(
    (
      report,
    ) => html`<li class="phase"><div class="phase-head"><h4>${report.gate}</h4>${badge(toneOf(report.verdict), report.verdict)}<span class="elapsed">${formatElapsed(report.evidence.elapsedMs)}</span></div>
<p>${report.summary}.</p>
<p class="quiet">${formatCount(report.evidence.madeComparisons)} of ${formatCount(report.evidence.plannedComparisons)} planned comparisons made, ${formatCount(report.evidence.comparedElements)} elements.</p>
${gateDetails(report, headDim)}</li>
`,
  )}</ol>`;
}

function claims({ claims }: EvaluationReport): Markup {
  if (claims.length === 0) return html`<p>The deployment claimed nothing that was compared.</p>`;
  const wrong = claims.filter(({ agrees }) => !agrees).length;
  return html`<p>${wrong === 0 ? `All ${formatCount(claims.length)} agree with what was found.` : html`<strong>${plural(wrong, 'claim')} of ${formatCount(claims.length)} ${wrong === 1 ? 'does' : 'do'} not hold.</strong>`}</p>
<details${wrong === 0 ? null : html` open`}><summary>Claims and findings</summary>
${dataTable(
  'Claims compared with what the evaluator found',
  [{ heading: 'Claim' }, { heading: 'Claimed' }, { heading: 'Found' }, { heading: '' }],
  [...claims]
    .sort((a, b) => Number(a.agrees) - Number(b.agrees))
    .map(({ claim, claimed, found, agrees }) => ({
      ...(agrees ? {} : ({ style: 'wrong' } as const)),
      cells: [
        claim,
        html`<code>${shortDigest(claimed)}</code>`,
        html`<code>${shortDigest(found)}</code>`,
        agrees ? badge('good', 'agrees') : badge('bad', 'does not agree'),
      ],
    })),
)}</details>`;
}
