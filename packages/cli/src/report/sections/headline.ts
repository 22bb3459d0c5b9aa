import { basename } from 'node:path';
import type { EvaluatedPerformance } from '@tilewright/spec';
import { digits, formatCount, formatUs } from '../../terminal/quantities.ts';
import { badge, type Tone, toneOf } from '../badge.ts';
import { disagreements } from '../disagreements.ts';
import { type Content, html, type Markup } from '../html.ts';
import type { ReportInput } from '../report-input.ts';
import { type Series, seriesOf } from '../series.ts';
import { formatTime, plural, timingWord } from '../wording.ts';

/** Model, target, verdict and the figures that everybody asks for. */
export function headline(input: ReportInput): Markup {
  const { manifest, plan, generatedAt } = input;
  const wrong = disagreements(input);
  const shape =
    plan === null
      ? ''
      : ` · ${plan.model.family}, ${plural(plan.model.layers, 'layer')} · prefill ${formatCount(plan.prefillLength)}, context ${formatCount(plan.contextLength)} tokens`;
  return html`<header class="headline">
<div class="top">
<div>
<p class="eyebrow">Tilewright deployment report</p>
<h1>${modelName(input)}</h1>
<p class="subtitle">on <strong>${manifest.target.id}</strong>${shape}</p>
</div>
${verdictBox(input, wrong.length > 0)}
</div>
${wrong.length === 0 ? null : html`<div class="alert" role="note"><strong>These files do not belong together.</strong><ul>${wrong.map((sentence) => html`<li>${sentence}</li>`)}</ul></div>`}
<dl class="tiles">${tiles(input)}</dl>
<p class="dates">Deployed ${formatTime(manifest.createdAt)} with Tilewright ${manifest.tilewrightVersion}, agent ${manifest.agent.id}, seed ${manifest.seed}. Page written ${formatTime(generatedAt)}.</p>
</header>
`;
}

/** The last part of the model's directory. */
export function modelName({ manifest }: ReportInput): string {
  return basename(manifest.model.directory) || manifest.model.directory;
}

function verdictBox({ manifest, evaluation }: ReportInput, doubtful: boolean): Markup {
  const box = (tone: Tone, word: string, text: Content): Markup =>
    html`<div class="verdict-box ${tone}"><p class="verdict-label">Verdict</p><p class="verdict-word">${word}</p><p>${text}</p></div>`;
  if (evaluation === null)
    return box('neutral', 'not judged', html`status ${badge(toneOf(manifest.status), manifest.status)}`);
  if (doubtful) return box('caution', `${evaluation.verdict}, in doubt`, 'the files do not belong together');
  return box(toneOf(evaluation.verdict), evaluation.verdict, `judged ${formatTime(evaluation.evaluatedAt)}`);
}

function tiles(input: ReportInput): Markup[] {
  const { manifest, gateReports } = input;
  const series = input.trajectory === null ? [] : seriesOf(input.trajectory);
  const made = gateReports.reduce((sum, { evidence }) => sum + evidence.madeComparisons, 0);
  const passed = manifest.phases.filter(({ status }) => status === 'passed').length;
  return [
    ...performanceTiles(input, series),
    tile('Phases passed', `${passed} of ${manifest.phases.length}`, `status: ${manifest.status}`),
    tile('Comparisons', formatCount(made), 'against the FP32 oracle, by the gates of the phases'),
  ];
}

function performanceTiles({ evaluation, profile }: ReportInput, series: readonly Series[]): Markup[] {
  const figures: EvaluatedPerformance | null = evaluation?.performance ?? profile;
  if (figures === null) {
    return [
      tile('Time to first token', 'missing', 'neither profile.json nor an evaluation has it'),
      tile('Tokens per second', 'missing', 'neither profile.json nor an evaluation has it'),
    ];
  }
  const word = timingWord(figures.timing);
  const whose = evaluation === null ? 'the deployment’s own' : 'the evaluator’s own';
  return [
    tile(`Time to first token (${word})`, formatUs(figures.timeToFirstTokenUs), [
      `prompt of ${formatCount(figures.promptTokens)} tokens; ${whose} ${word}`,
      gain(series, 4),
    ]),
    tile(`Tokens per second (${word})`, digits(figures.decodeTokensPerSecond), [
      `decode; ${whose} ${word}`,
      gain(series, 5),
    ]),
  ];
}

function gain(series: readonly Series[], phase: number): Content {
  const one = series.find((candidate) => candidate.phase === phase);
  if (one === undefined || one.endUs <= 0) return null;
  return html`<br><span class="gain">${(one.startUs / one.endUs).toFixed(2)}× as fast as before optimisation</span>`;
}

function tile(term: string, figure: string, note: Content): Markup {
  return html`<div class="tile"><dt>${term}</dt><dd class="figure-large">${figure}</dd><dd class="note">${note}</dd></div>
`;
}
