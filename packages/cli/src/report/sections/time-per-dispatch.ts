import type { PerformanceProfile, SectionProfile, StepProfile } from '@tilewright/spec';
import { digits, formatBytes, formatCount, formatShare, formatUs } from '../../terminal/quantities.ts';
import { dataTable } from '../data-table.ts';
import { html, type Markup } from '../html.ts';
import type { ReportInput } from '../report-input.ts';
import { missing, sectionFrame } from '../section-frame.ts';
import { plural, timingWord } from '../wording.ts';

const SECTION_TITLES = {
  prefill: 'Prefill, whole prompt',
  decode: 'Decode, one token',
  head: 'Head, one position',
} as const;

/** Where the time goes, per step of the plan: device, transfers, host. */
export function timePerDispatch({ profile }: ReportInput): Markup {
  const text = { id: 'time', title: 'Where the time goes' };
  if (profile === null) {
    return sectionFrame(
      { ...text, lead: 'Time per dispatch and host step.' },
      missing('There is no profile.json: phase 6 has not profiled this deployment.'),
    );
  }
  return sectionFrame(
    {
      ...text,
      lead: `Every dispatch and host step, all layers together, the longest first. All times are ${timingWord(profile.timing)}s, for a prompt of ${formatCount(profile.promptTokens)} tokens and decode at a length of ${formatCount(profile.decodeLength)}.`,
    },
    html`<p class="legend"><span><span class="swatch run"></span> runs on the device</span> <span><span class="swatch transfer"></span> copies and syncs</span> <span><span class="swatch host"></span> host work</span></p>
${profile.sections.map((section) => sectionBars(section, timingWord(profile.timing)))}
${shares(profile)}`,
  );
}

function sectionBars({ section, us, dispatches, steps }: SectionProfile, word: string): Markup {
  const sorted = [...steps].sort((a, b) => totalUs(b) - totalUs(a));
  const longest = Math.max(0, ...sorted.map(totalUs));
  const sum: StepProfile = {
    step: section,
    calls: 0,
    bytes: 0,
    boundBy: '',
    runUs: total(steps, ({ runUs }) => runUs),
    transferUs: total(steps, ({ transferUs }) => transferUs),
    hostUs: total(steps, ({ hostUs }) => hostUs),
  };
  return html`<h3>${SECTION_TITLES[section]} <span class="quiet">${formatUs(us)} (${word}) · ${plural(dispatches, 'dispatch', 'dispatches')}</span></h3>
<div class="whole">${bar(sum, totalUs(sum))}<p class="quiet">device ${share(sum.runUs, sum)} · copies and syncs ${share(sum.transferUs, sum)} · host ${share(sum.hostUs, sum)}</p></div>
${dataTable(
  `${SECTION_TITLES[section]}: time of each step`,
  [
    { heading: 'Step' },
    { heading: 'Parts', kind: 'bar' },
    { heading: 'Time', kind: 'figure' },
    { heading: 'Run', kind: 'figure' },
    { heading: 'Transfer', kind: 'figure' },
    { heading: 'Host', kind: 'figure' },
    { heading: 'Calls', kind: 'figure' },
    { heading: 'Bytes', kind: 'figure' },
    { heading: 'Bound by' },
  ],
  sorted.map((step) => ({
    cells: [
      html`<code>${step.step}</code>`,
      bar(step, longest),
      html`<strong>${formatUs(totalUs(step))}</strong>`,
      timeOrNone(step.runUs),
      timeOrNone(step.transferUs),
      timeOrNone(step.hostUs),
      formatCount(step.calls),
      formatBytes(step.bytes),
      step.boundBy,
    ],
  })),
)}`;
}

/** A bar of three parts; `wholeUs` is its full width. */
function bar({ runUs, transferUs, hostUs }: StepProfile, wholeUs: number): Markup {
  const parts = [
    ['run', runUs],
    ['transfer', transferUs],
    ['host', hostUs],
  ] as const;
  return html`<span class="bar" aria-hidden="true">${parts.map(([kind, us]) =>
    us > 0 && wholeUs > 0
      ? html`<span class="${kind}" style="width:${((100 * us) / wholeUs).toFixed(2)}%"></span>`
      : null,
  )}</span>`;
}

function shares({ deviceShare, sustained }: PerformanceProfile): Markup {
  const columns = [
    { heading: '' },
    { heading: 'Prefill', kind: 'figure' },
    { heading: 'Decode', kind: 'figure' },
  ] as const;
  return html`<div class="pair"><div><h3>Share of the device</h3>
${dataTable('Share of the device', columns, [
  {
    cells: [
      'Multiply-accumulates',
      formatShare(deviceShare.prefillMultiplyAccumulates),
      formatShare(deviceShare.decodeMultiplyAccumulates),
    ],
  },
  { cells: ['Time', formatShare(deviceShare.prefillTime), formatShare(deviceShare.decodeTime)] },
])}</div><div><h3>Sustained performance <span class="quiet">relative to the reference</span></h3>
${dataTable('Sustained performance relative to the reference', columns, [
  { cells: ['As printed in the paper', ratio(sustained.asPrinted.prefill), ratio(sustained.asPrinted.decode)] },
  { cells: ['With the true width of Q and O', ratio(sustained.trueWidth.prefill), ratio(sustained.trueWidth.decode)] },
])}<p class="quiet">Appendix A of arXiv 2606.07586. Reference: ${sustained.reference}</p></div></div>
`;
}

function totalUs({ runUs, transferUs, hostUs }: StepProfile): number {
  return runUs + transferUs + hostUs;
}

function total(steps: readonly StepProfile[], of: (step: StepProfile) => number): number {
  return steps.reduce((sum, step) => sum + of(step), 0);
}

function share(us: number, whole: StepProfile): string {
  return totalUs(whole) > 0 ? formatShare(us / totalUs(whole)) : '–';
}

function timeOrNone(us: number): string {
  return us > 0 ? formatUs(us) : '–';
}

function ratio(value: number): string {
  return `${digits(value)}×`;
}
