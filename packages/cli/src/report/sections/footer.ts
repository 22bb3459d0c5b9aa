import { html, type Markup } from '../html.ts';
import type { ReportInput } from '../report-input.ts';

/** What on the page is estimated and from what, and what the page itself is worth. */
export function footer(input: ReportInput): Markup {
  const kinds = timingKinds(input);
  return html`<footer>
<h2>What these figures are</h2>
<ul>
${kinds.has('estimate') ? html`<li><strong>Times called estimates</strong> come from a model: no device was run for them. ${source(input)}</li>` : null}
${kinds.has('measurement') ? html`<li><strong>Times called measurements</strong> were taken by the target ${input.manifest.target.id} on its hardware.</li>` : null}
${kinds.size === 0 ? html`<li>The workspace has no times yet.</li>` : null}
<li><strong>Errors, correlations and counts</strong> of the gates are computed from what the target returned and from the FP32 oracle on the CPU.</li>
<li><strong>Seconds of phases and gates</strong> are the wall-clock time of the deployment’s own work, not of the model.</li>
<li>The page shows what the files of the workspace say, and files can be changed. To have the deployment judged again: <code>tilewright evaluate</code>.</li>
</ul>
</footer>
`;
}

function source({ manifest, plan }: ReportInput): string {
  const from =
    manifest.target.module === 'xdna2-sim'
      ? 'The simulator derives the time of each dispatch from its spatial program and a few constants of the device, calibrated on figures that another project published for XDNA 2 hardware'
      : `The target ${manifest.target.id} derives the time of each dispatch`;
  const device = plan === null ? 'the device' : plan.device;
  return `${from}; copies, syncs and host steps follow from the host constants of ${device}.`;
}

function timingKinds({ profile, trajectory, evaluation }: ReportInput): ReadonlySet<string> {
  const kinds = [
    profile?.timing,
    evaluation?.performance.timing,
    ...(trajectory?.attempts ?? []).map(({ timing }) => timing),
  ];
  return new Set(kinds.filter((kind) => kind !== undefined));
}
