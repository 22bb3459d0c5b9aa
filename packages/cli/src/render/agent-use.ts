import { agentUse, type DeploymentAgentUse, formatCost } from '@tilewright/phases';
import {
  type AgentUsage,
  type Budget,
  type BudgetLimits,
  type DeploymentManifest,
  totalTokens,
} from '@tilewright/spec';
import { printable } from '../terminal/printable.ts';
import { formatCount, formatElapsed } from '../terminal/quantities.ts';
import { table, wrapText } from '../terminal/table.ts';

const WIDTH = 100;

/** What the agent did and used, phase by phase, and what it may use; nothing before it was asked. */
export function agentUseLines(manifest: Pick<DeploymentManifest, 'phases' | 'budget'>): string[] {
  const { phases, total } = agentUse(manifest);
  if (phases.length === 0) return [];
  const rows = phases.map((use) => cells(`${use.phase} ${use.title}`, use, use.limit));
  const right = { align: 'right' } as const;
  return [
    '',
    ...table(
      [
        { heading: 'agent' },
        { heading: 'decisions', ...right },
        { heading: 'attempts', ...right },
        { heading: 'requests', ...right },
        { heading: 'tokens', ...right },
        { heading: 'cost', ...right },
        { heading: 'limit' },
      ],
      phases.length > 1 ? [...rows, cells('in all', total, null)] : rows,
    ),
    ...(total.usage.requests > 0 ? ['  Costs are by list price: estimates, no bill.'] : []),
    ...budgetLines(manifest.budget),
  ];
}

function cells(
  name: string,
  { usage, decisions, attempts }: DeploymentAgentUse['total'],
  limit: string | null,
): string[] {
  const { requests, costUsd } = usage;
  const used =
    requests === 0 ? ['', '', ''] : [formatCount(requests), formatCount(totalTokens(usage)), formatCost(costUsd)];
  return [name, formatCount(decisions), formatCount(attempts), ...used, limit ?? ''];
}

/** What an agent used, in a sentence; null where it used no language model. */
function usageSentence(usage: AgentUsage): string | null {
  if (usage.requests === 0) return null;
  const tokens = `The agent used ${formatCount(totalTokens(usage))} tokens in ${formatCount(usage.requests)} requests`;
  return usage.costUsd === null
    ? `${tokens}; what they cost is not known.`
    : `${tokens}: ${formatCost(usage.costUsd)} by list price, an estimate and no bill.`;
}

/** What the agent used and which limits ended its part, for the end of a deployment. */
export function agentEndingLines({ phases, total }: DeploymentAgentUse): string[] {
  const limits = phases.flatMap(({ phase, limit }) =>
    limit === null ? [] : [`Phase ${phase} ended without the agent. ${printable(limit)}`],
  );
  const usage = usageSentence(total.usage);
  const lines = [...limits, ...(usage === null ? [] : [usage])].flatMap((line) => wrapText(line, WIDTH));
  return lines.length === 0 ? [] : ['', ...lines];
}

function budgetLines(budget: Budget | undefined): string[] {
  const scopes = [
    ['in each phase', budget?.phase],
    ['in all', budget?.total],
  ] as const;
  const said = scopes.flatMap(([scope, limits]) =>
    limits === undefined || Object.keys(limits).length === 0 ? [] : [`${scope} ${described(limits)}`],
  );
  return said.length === 0 ? [] : [`  Budget: ${said.join('; ')}.`];
}

function described({ tokens, costUsd, attempts, wallMs }: BudgetLimits): string {
  return [
    ...(tokens === undefined ? [] : [`${formatCount(tokens)} tokens`]),
    ...(costUsd === undefined ? [] : [formatCost(costUsd)]),
    ...(attempts === undefined ? [] : [`${formatCount(attempts)} attempts`]),
    ...(wallMs === undefined ? [] : [formatElapsed(wallMs)]),
  ].join(', ');
}
