import { digest } from '@tilewright/gates';
import type { Plan, PlanSection, PlanStep, SectionName } from '@tilewright/spec';
import { formatCount } from '../../terminal/quantities.ts';
import { type Column, dataTable } from '../data-table.ts';
import { html, type Markup } from '../html.ts';
import type { ReportInput } from '../report-input.ts';
import { type SectionCounts, sectionCounts } from '../section-counts.ts';
import { missing, sectionFrame } from '../section-frame.ts';
import { plural, shortDigest } from '../wording.ts';

const SECTIONS: readonly SectionName[] = ['prefill', 'decode', 'head'];

/** What is dispatched, in the plan that the deployment started from and in the one that stands. */
export function planBeforeAfter({ plan, initialPlan }: ReportInput): Markup {
  const text = { id: 'plan', title: 'The plan, before and after' };
  if (plan === null) {
    return sectionFrame({ ...text, lead: 'Dispatches and host steps.' }, missing('There is no plan.json yet.'));
  }
  return sectionFrame(
    {
      ...text,
      lead: 'Dispatches and host steps in their order. A dispatch is one submission to the device; merged ones run several launches.',
    },
    html`${beginning(plan, initialPlan)}
${SECTIONS.map((name) => sectionPlans(name, plan, initialPlan))}
<p class="quiet">Shapes, tile configurations and buffers of every launch are in plan.md.</p>`,
  );
}

function beginning(plan: Plan, initialPlan: Plan | null): Markup {
  if (initialPlan === null)
    return missing(
      'The plan that the deployment started from is not in the workspace, so only the present one is shown.',
    );
  const [before, after] = [digest(initialPlan), digest(plan)];
  if (before === after) return html`<p>No edit was kept: the plan is the one that the deployment started from.</p>`;
  return html`<p class="quiet">Before <code>${shortDigest(before)}</code>, after <code>${shortDigest(after)}</code></p>`;
}

function sectionPlans(name: SectionName, plan: Plan, initialPlan: Plan | null): Markup {
  const after = plan.sections[name];
  const before = initialPlan?.sections[name] ?? null;
  const counts = sectionCounts(after, plan.model.layers);
  const earlier = before === null || initialPlan === null ? null : sectionCounts(before, initialPlan.model.layers);
  const layers = plan.model.layers;
  return html`<h3 class="section-name">${name}</h3>
${countTable(name, earlier, counts)}
<div class="${before === null ? 'plans single' : 'plans'}">
${before === null ? null : stepLists('Before', before, after, 'gone', layers)}
${stepLists(before === null ? 'The plan' : 'After', after, before, 'new', layers)}
</div>
`;
}

function countTable(name: SectionName, before: SectionCounts | null, after: SectionCounts): Markup {
  const columns: Column[] = [
    { heading: 'In one pass' },
    ...(before === null ? [] : [{ heading: 'Before', kind: 'figure' } as const]),
    { heading: before === null ? 'Count' : 'After', kind: 'figure' },
  ];
  const kinds = [...new Set([...(before?.buffers.keys() ?? []), ...after.buffers.keys()])].sort();
  const rows: [string, (counts: SectionCounts) => number][] = [
    ...(name === 'head' ? [] : ([['Dispatches per layer', (counts) => counts.dispatchesPerLayer]] as typeof rows)),
    ['Dispatches', (counts) => counts.dispatches],
    ['of them merged', (counts) => counts.merged],
    ['Launches', (counts) => counts.launches],
    ['Host steps', (counts) => counts.hostSteps],
    ...kinds.map((kind): (typeof rows)[number] => [bufferLabel(kind), (counts) => counts.buffers.get(kind) ?? 0]),
  ];
  return dataTable(
    `Counts of ${name}`,
    columns,
    rows.map(([label, count]) => ({
      cells: [
        label,
        ...(before === null ? [] : [formatCount(count(before))]),
        before !== null && count(before) !== count(after)
          ? html`<strong>${formatCount(count(after))}</strong>`
          : formatCount(count(after)),
      ],
    })),
  );
}

function bufferLabel(kind: string): string {
  return kind === 'host'
    ? 'Buffers on the host, copied for each dispatch'
    : `Buffers on the device, ${kind.slice('device '.length)}`;
}

/** The steps of a section; those that `other` does not have are marked. */
function stepLists(
  title: string,
  section: PlanSection,
  other: PlanSection | null,
  mark: 'gone' | 'new',
  layers: number,
): Markup {
  const known = new Set([...(other?.once ?? []), ...(other?.layer ?? [])].map(identity));
  const list = (heading: string, steps: readonly PlanStep[]): Markup | null =>
    steps.length === 0
      ? null
      : html`<h5>${heading}</h5><ol class="steps">${steps.map((step) => stepItem(step, other === null || known.has(identity(step)) ? null : mark))}</ol>`;
  return html`<div><h4>${title}</h4>${list('once', section.once)}${list(`in each of ${plural(layers, 'layer')}`, section.layer)}</div>
`;
}

/** Two steps are the same if they do the same: a dispatch its launches, a host step its operation. */
function identity(step: PlanStep): string {
  return step.kind === 'host'
    ? `host ${step.id} ${step.operation.name}`
    : `npu ${step.launches.map(({ id }) => id).join(' ')}`;
}

function stepItem(step: PlanStep, mark: 'gone' | 'new' | null): Markup {
  const marked = mark ?? 'same';
  if (step.kind === 'host') {
    return html`<li class="step host ${marked}"><span class="step-kind">host</span> <code>${step.id}</code> <span class="quiet">${step.operation.name}</span>${mark === 'gone' ? html` <span class="tag">removed</span>` : null}</li>`;
  }
  const [only] = step.launches;
  if (step.launches.length === 1 && only !== undefined) {
    return html`<li class="step npu ${marked}"><span class="step-kind">npu</span> <code>${step.id}</code> <span class="quiet">${kernelName(only.kernel)}</span></li>`;
  }
  return html`<li class="step npu merged ${marked}"><span class="step-kind">npu</span> <code>${step.id}</code> <span class="tag">${plural(step.launches.length, 'launch', 'launches')}</span>
<ol class="launches">${step.launches.map(({ id, kernel }) => html`<li><code>${id}</code> <span class="quiet">${kernelName(kernel)}</span></li>`)}</ol></li>`;
}

function kernelName({ origin, name }: { readonly origin: 'registry' | 'authored'; readonly name: string }): string {
  return origin === 'authored' ? `${name} (authored)` : name;
}
