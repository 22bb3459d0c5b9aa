import type { EstimateResult } from '../commands/estimate.ts';
import type { LaunchTimes, SectionTimes, StepTimes } from '../commands/section-times.ts';
import { digits, formatBytes, formatCount, formatElapsed, formatShare, formatUs } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';
import { pairs, table, wrapText } from '../terminal/table.ts';

const TITLES = { prefill: 'Prefill', decode: 'Decode, per token', head: 'Head, per logits' } as const;

const BASIS = { published: 'row', derived: 'derived', edited: 'edited', authored: 'own' } as const;

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
    '',
    ...wrapText(
      'All times are estimates from a model of the device, not measurements. The naive plan is where a deployment ' +
        'starts: one dispatch per kernel, every buffer copied in and out each time. "row": the configuration of the ' +
        'kernel is a published one for this shape; "derived": none is, and it was adapted. --json has both, with shapes.',
      100,
    ),
  ];
}

function renderSection(section: SectionTimes, style: Style): string[] {
  const dispatches = `${formatCount(section.dispatches)} dispatch${section.dispatches === 1 ? '' : 'es'}`;
  const perLayer = section.dispatchesPerLayer > 0 ? ` (${section.dispatchesPerLayer} per layer)` : '';
  return [
    style.bold(`${TITLES[section.section]}: ${formatUs(section.us)} (estimate), ${dispatches}${perLayer}`),
    ...table(
      [
        { heading: 'step' },
        { heading: 'kernel' },
        { heading: 'calls', align: 'right' },
        { heading: 'time', align: 'right' },
        { heading: 'share', align: 'right' },
        { heading: 'bytes', align: 'right' },
        { heading: 'bound by' },
        { heading: 'basis' },
      ],
      section.steps.map(renderStep),
    ),
  ];
}

function renderStep(step: StepTimes): string[] {
  return [
    step.step,
    step.kind === 'host' ? '(host)' : kernelText(step.launches),
    formatCount(step.calls),
    formatUs(step.us),
    formatShare(step.share),
    formatBytes(step.bytes),
    step.boundBy,
    [...new Set(step.launches.map(({ basis }) => BASIS[basis]))].join(', '),
  ];
}

function kernelText(launches: readonly LaunchTimes[]): string {
  const [first] = launches;
  if (first === undefined) return '';
  if (launches.length > 1) return `${launches.length} launches`;
  return first.kernel;
}
