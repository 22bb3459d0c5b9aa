import type { EstimateResult, OptimizedTimes, PlanTimes } from '../commands/estimate.ts';
import type { EstimatedAttempt } from '../commands/optimized-plan.ts';
import { digits, formatCount, formatElapsed, formatShare, formatUs } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';
import { pairs, table, wrapText } from '../terminal/table.ts';
import { renderSection } from './section-table.ts';

export function renderEstimate(result: EstimateResult, style: Style): string[] {
  const { spec } = result.model;
  const padded = result.prefillLength === result.promptTokens ? '' : `, padded to ${formatCount(result.prefillLength)}`;
  return [
    style.bold(`${result.model.name} on ${result.target.device}: estimates of the naive plan`),
    '',
    ...pairs([
      [
        'model',
        `${spec.family}, ${spec.layers} layers, hidden ${formatCount(spec.hiddenSize)}, vocabulary ${formatCount(spec.vocabularySize)}`,
      ],
      [
        'prompt',
        `${formatCount(result.promptTokens)} tokens${padded}; decoding at ${formatCount(result.contextTokens)}`,
      ],
      [
        'time to first token',
        `${formatUs(result.timeToFirstTokenUs)} (estimate)${bar(result.error?.timeToFirstTokenShare)}`,
      ],
      ['tokens per second', `${digits(result.decodeTokensPerSecond)} (estimate)${bar(result.error?.decodeTokenShare)}`],
      ['worked out in', formatElapsed(result.elapsedMs)],
    ]),
    ...result.sections.flatMap((section) => ['', ...renderSection(section, style)]),
    ...(result.optimized === null ? [] : renderOptimized(result.optimized, style)),
    ...renderUnmeasured(result.optimized ?? result, style),
    '',
    ...wrapText(
      'All times are estimates from a model of the device, not measurements. The naive plan is where a deployment ' +
        'starts: one dispatch per kernel, every buffer copied in and out each time. "row": the configuration of the ' +
        'kernel is a published one for this shape; "derived": none is, and it was adapted. After ±: nine of ten published rows at shapes that no fit had seen were nearer (tilewright fidelity). ' +
        '--json has all of it, with shapes.',
      100,
    ),
  ];
}

/** Shapes that no measurement is near, so that the error bar says less about them. */
function renderUnmeasured({ unmeasured }: PlanTimes, style: Style): string[] {
  if (unmeasured.length === 0) return [];
  return [
    '',
    style.bold('Shapes that no published row is near (within a factor of two)'),
    ...table(
      [{ heading: 'kernel' }, { heading: 'where' }, { heading: 'shape' }],
      unmeasured.map(({ kernel, shape, launches: [first = '', ...others] }) => [
        kernel,
        others.length > 0 ? `${first} and ${others.length} more` : first,
        Object.entries(shape)
          .map(([name, size]) => `${name} ${size}`)
          .join(', '),
      ]),
    ),
  ];
}

function bar(share: number | undefined): string {
  return share === undefined ? '' : ` ± ${formatShare(share)}`;
}

function renderOptimized(optimized: OptimizedTimes, style: Style): string[] {
  const { gain } = optimized;
  return [
    '',
    style.bold('Optimised: what the skills make of it, by estimates alone (no gate has seen it)'),
    '',
    ...pairs([
      [
        'time to first token',
        `${formatUs(optimized.timeToFirstTokenUs)} (estimate)${bar(optimized.error?.timeToFirstTokenShare)}, ${times(gain.timeToFirstToken)}`,
      ],
      [
        'tokens per second',
        `${digits(optimized.decodeTokensPerSecond)} (estimate)${bar(optimized.error?.decodeTokenShare)}, ${times(gain.decodeToken)}`,
      ],
    ]),
    '',
    ...table(
      [
        { heading: 'tried' },
        { heading: 'before', align: 'right' },
        { heading: 'after', align: 'right' },
        { heading: '' },
      ],
      optimized.attempts.map(renderAttempt),
    ),
    ...optimized.sections.flatMap((section) => ['', ...renderSection(section, style)]),
  ];
}

function renderAttempt({ phase, proposal, beforeUs, afterUs, kept }: EstimatedAttempt): string[] {
  return [`phase ${phase}: ${proposal}`, formatUs(beforeUs), formatUs(afterUs), kept ? 'kept' : 'not kept'];
}

function times(gain: number): string {
  return `${digits(gain)} times as fast`;
}
