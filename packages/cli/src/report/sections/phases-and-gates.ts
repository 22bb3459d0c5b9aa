import type { GateReport, PhaseRecord } from '@tilewright/spec';
import { formatCount, formatElapsed } from '../../terminal/quantities.ts';
import { badge, toneOf } from '../badge.ts';
import { html, type Markup } from '../html.ts';
import type { ReportInput } from '../report-input.ts';
import { missing, sectionFrame } from '../section-frame.ts';
import { agentUseTable } from './agent-use.ts';
import { gateDetails } from './gate-details.ts';

/** Every phase with what its gate compared, how near it came to the limits, and what failed. */
export function phasesAndGates(input: ReportInput): Markup {
  const { manifest } = input;
  return sectionFrame(
    {
      id: 'gates',
      title: 'Phases and gates',
      lead: 'Each phase ends at a gate that compares what the target computed with the FP32 oracle. All limits must hold.',
    },
    manifest.phases.length === 0
      ? missing('deployment.json has no phases.')
      : html`<ol class="phases">${manifest.phases.map((record) => phaseItem(input, record))}</ol>
${agentUseTable(input)}`,
  );
}

function phaseItem(input: ReportInput, record: PhaseRecord): Markup {
  const report = input.gateReports.find(({ phase }) => phase === record.phase) ?? null;
  return html`<li class="phase">
<div class="phase-head"><span class="phase-number">${record.phase}</span><h3>${record.title}</h3>
${badge(toneOf(record.status), record.status)}<span class="elapsed">${record.elapsedMs > 0 ? formatElapsed(record.elapsedMs) : ''}</span></div>
${report === null ? html`<p class="quiet">No gate report in the workspace.</p>` : gate(input, report)}
</li>
`;
}

function gate(input: ReportInput, report: GateReport): Markup {
  const { madeComparisons, plannedComparisons, comparedElements, seeds, references } = report.evidence;
  return html`<p>${report.summary}.</p>
${references === undefined ? null : html`<p class="quiet">Held against: ${references.length === 0 ? 'nothing' : references.join('; ')}.</p>`}
<p class="quiet">Gate <em>${report.gate}</em>: ${formatCount(madeComparisons)} of ${formatCount(plannedComparisons)} planned comparisons made, ${formatCount(comparedElements)} elements${seeds.length === 0 ? '' : `, seeds ${seeds.join(', ')}`}.</p>
${gateDetails(report, input.plan?.model.headDim ?? null)}`;
}
