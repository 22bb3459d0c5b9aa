import { formatUs } from '../../terminal/quantities.ts';
import { html, type Markup } from '../html.ts';
import type { Series, SeriesPoint } from '../series.ts';
import { plural, timingWord } from '../wording.ts';

const WIDTH = 460;
const HEIGHT = 250;
const LEFT = 62;
const RIGHT = WIDTH - 18;
const TOP = 14;
const BOTTOM = HEIGHT - 42;
/** Attempts slower than this many times the slowest plan that stood are drawn at the upper edge. */
const HEADROOM = 1.3;
const MOST_ATTEMPT_LABELS = 15;

/** The time of the plan that stands as steps over the attempts, each attempt with a mark where it came out. */
export function trajectoryChart(series: Series): Markup {
  const { phase, points, startUs } = series;
  const x = (step: number): number => LEFT + ((RIGHT - LEFT) * step) / (points.length + 0.6);
  const scale = timeScale(series);
  const y = (us: number): number => BOTTOM - (BOTTOM - TOP) * Math.min(1, Math.max(0, us / scale.largest));
  const line = [
    `M${at(x(0))} ${at(y(startUs))}`,
    ...points.map(({ standingUs }, index) => `H${at(x(index + 1))}V${at(y(standingUs))}`),
    `H${at(RIGHT)}`,
  ].join('');
  const every = Math.ceil(points.length / MOST_ATTEMPT_LABELS);
  return html`<svg class="chart phase-${phase}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="chart-${phase}-title chart-${phase}-desc">
<title id="chart-${phase}-title">${series.title}: time after each attempt (${timingWord(series.timing)})</title>
<desc id="chart-${phase}-desc">${description(series)}</desc>
${scale.ticks.map(
  (tick) => html`<line class="grid" x1="${LEFT}" x2="${RIGHT}" y1="${at(y(tick))}" y2="${at(y(tick))}"/>
<text class="tick" x="${LEFT - 8}" y="${at(y(tick) + 4)}" text-anchor="end">${tick === 0 ? '0' : formatUs(tick)}</text>
`,
)}
<path class="area" d="${line}V${BOTTOM}H${at(x(0))}Z"/>
<path class="step" d="${line}"/>
<text class="tick" x="${at(x(0))}" y="${BOTTOM + 18}" text-anchor="middle">start</text>
${points.map((point, index) => mark(point, x(index + 1), y, scale.largest))}
${points.map(({ attempt }, index) =>
  index % every === 0
    ? html`<text class="tick" x="${at(x(index + 1))}" y="${BOTTOM + 18}" text-anchor="middle">${attempt.attempt}</text>`
    : null,
)}
<text class="axis" x="${at((LEFT + RIGHT) / 2)}" y="${HEIGHT - 6}" text-anchor="middle">attempt</text>
</svg>
`;
}

function mark({ attempt, standingUs }: SeriesPoint, x: number, y: (us: number) => number, largest: number): Markup {
  const { afterUs, kept } = attempt;
  const title = html`<title>Attempt ${attempt.attempt}, ${kept ? 'kept' : 'rejected'}: ${afterUs === null ? 'no time' : formatUs(afterUs)}. ${attempt.summary}</title>`;
  if (afterUs === null) {
    return html`<rect class="mark untimed" x="${at(x - 4.5)}" y="${at(y(standingUs) - 4.5)}" width="9" height="9">${title}</rect>
`;
  }
  const height = at(y(afterUs));
  if (kept)
    return html`<circle class="mark kept" cx="${at(x)}" cy="${height}" r="5">${title}</circle>
`;
  const above =
    afterUs > largest
      ? html`<text class="tick" x="${at(x + 8)}" y="${at(y(afterUs) + 4)}">↑ ${formatUs(afterUs)}</text>`
      : null;
  return html`<g class="mark rejected" transform="translate(${at(x)} ${height})">${title}<path d="M-4.5 -4.5L4.5 4.5M-4.5 4.5L4.5 -4.5"/></g>${above}
`;
}

function description({ points, startUs, endUs, timing }: Series): string {
  const kept = points.filter(({ attempt }) => attempt.kept);
  const steps = kept.map(({ attempt, standingUs }) => `attempt ${attempt.attempt} to ${formatUs(standingUs)}`);
  return (
    `A step chart of ${timingWord(timing)}s. It starts at ${formatUs(startUs)} and ends at ${formatUs(endUs)} after ` +
    `${plural(points.length, 'attempt')}, of which ${kept.length} kept${steps.length === 0 ? '' : `: ${steps.join(', ')}`}. ` +
    'The table below has every attempt.'
  );
}

/** An axis from 0 with ticks at round times that holds every plan that stood and, up to a limit, what was rejected. */
function timeScale({ startUs, points }: Series): { readonly largest: number; readonly ticks: readonly number[] } {
  const stood = Math.max(startUs, ...points.map(({ standingUs }) => standingUs), 1e-3);
  const tried = Math.max(stood, ...points.map(({ attempt }) => attempt.afterUs ?? 0));
  const reach = Math.min(tried, stood * HEADROOM);
  const rough = reach / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => power * factor >= rough) ?? 10);
  const count = Math.ceil(reach / step);
  return { largest: count * step, ticks: Array.from({ length: count + 1 }, (_, index) => index * step) };
}

/** A coordinate, short. */
function at(value: number): string {
  return String(Number(value.toFixed(1)));
}
