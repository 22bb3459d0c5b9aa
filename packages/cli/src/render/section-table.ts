import type { LaunchTimes, SectionTimes, StepTimes } from '../commands/section-times.ts';
import { formatBytes, formatCount, formatShare, formatUs } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';
import { table } from '../terminal/table.ts';

const TITLES = { prefill: 'Prefill', decode: 'Decode, per token', head: 'Head, per logits' } as const;

const BASIS = { published: 'row', derived: 'derived', edited: 'edited', authored: 'own' } as const;

/** A section's steps with their estimated times, in execution order. */
export function renderSection(section: SectionTimes, style: Style): string[] {
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
