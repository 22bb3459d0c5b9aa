import type { EstimateResult, OptimizedTimes } from '../commands/estimate.ts';
import type { EstimatedAttempt } from '../commands/optimized-plan.ts';
import { digits, formatCount, formatElapsed, formatUs } from '../terminal/quantities.ts';
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
      ['time to first token', `${formatUs(result.timeToFirstTokenUs)} (estimate)`],
      ['tokens per second', `${digits(result.decodeTokensPerSecond)} (estimate)`],
      ['worked out in', formatElapsed(result.elapsedMs)],
    ]),
    ...result.sections.flatMap((section) => ['', ...renderSection(section, style)]),
    ...(result.optimized === null ? [] : renderOptimized(result.optimized, style)),
    '',
    ...wrapText(
      'All times are estimates from a model of the device, not measurements. The naive plan is where a deployment ' +
        'starts: one dispatch per kernel, every buffer copied in and out each time. "row": the configuration of the ' +
        'kernel is a published one for this shape; "derived": none is, and it was adapted. --json has both, with shapes.',
      100,
    ),
  ];
}

function renderOptimized(optimized: OptimizedTimes, style: Style): string[] {
  const { gain } = optimized;
  return [
    '',
    style.bold('Optimised: what the skills make of it, by estimates alone (no gate has seen it)'),
    '',
    ...pairs([
      ['time to first token', `${formatUs(optimized.timeToFirstTokenUs)} (estimate), ${times(gain.timeToFirstToken)}`],
      ['tokens per second', `${digits(optimized.decodeTokensPerSecond)} (estimate), ${times(gain.decodeToken)}`],
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
