import { agentUse, type DeploymentAgentUse, formatCost } from '@tilewright/phases';
import { totalTokens } from '@tilewright/spec';
import { formatCount } from '../../terminal/quantities.ts';
import { dataTable } from '../data-table.ts';
import { html, type Markup } from '../html.ts';
import type { ReportInput } from '../report-input.ts';

/** What the agent did and used in each phase; nothing for a deployment that was made before this was kept. */
export function agentUseTable({ manifest }: ReportInput): Markup | null {
  const { phases, total } = agentUse(manifest);
  if (phases.length === 0) return null;
  const rows = [
    ...phases.map((use) => ({ cells: cells(`${use.phase} ${use.title}`, use, use.limit) })),
    ...(phases.length > 1 ? [{ cells: cells('In all', total, null) }] : []),
  ];
  return html`<h3>The agent, ${manifest.agent.id}</h3>
<p class="quiet">What it decided, and what it used of a language model. Costs are by list price: estimates, no bill.</p>
${dataTable('What the agent did and used', COLUMNS, rows)}`;
}

const COLUMNS = [
  { heading: 'Phase' },
  { heading: 'Decisions', kind: 'figure' },
  { heading: 'Attempts', kind: 'figure' },
  { heading: 'Requests', kind: 'figure' },
  { heading: 'Tokens', kind: 'figure' },
  { heading: 'Cost', kind: 'figure' },
  { heading: 'Limit that ended its part' },
] as const;

function cells(
  name: string,
  { usage, decisions, attempts }: DeploymentAgentUse['total'],
  limit: string | null,
): string[] {
  const used =
    usage.requests === 0
      ? ['–', '–', '–']
      : [formatCount(usage.requests), formatCount(totalTokens(usage)), formatCost(usage.costUsd)];
  return [name, formatCount(decisions), formatCount(attempts), ...used, limit ?? '–'];
}
