import { type DeploymentManifest, totalTokens } from '@tilewright/spec';
import { agentUse, type DeploymentAgentUse } from '../budget/agent-use.ts';
import { formatCost } from '../budget/format-cost.ts';

/** Of `progress.md`: what the agent did and used; nothing before it was asked. */
export function agentSection(manifest: DeploymentManifest): readonly string[] {
  const { phases, total } = agentUse(manifest);
  if (phases.length === 0) return [];
  const rows = phases.map((use) => row(String(use.phase), use, use.limit));
  return [
    '## Agent',
    '',
    'Costs are by list price: estimates, no bill.',
    '',
    '| phase | decisions | attempts | requests | tokens | cost | limit |',
    '|---|---|---|---|---|---|---|',
    ...rows,
    row('all', total, null),
    '',
  ];
}

function row(phase: string, { usage, decisions, attempts }: DeploymentAgentUse['total'], limit: string | null): string {
  const cost = usage.requests === 0 ? '' : formatCost(usage.costUsd);
  const cells = [phase, decisions, attempts, usage.requests, totalTokens(usage), cost, limit ?? ''];
  return `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
}
