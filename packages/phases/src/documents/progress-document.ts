import type { DeploymentManifest, GateReport } from '@tilewright/spec';
import { agentSection } from './agent-section.ts';

/** `progress.md`: how far the deployment came, for people. `deployment.json` is what programs read. */
export function progressDocument(
  manifest: DeploymentManifest,
  reports: ReadonlyMap<number, GateReport>,
  note: string | null,
): string {
  const lines = [
    '# Progress',
    '',
    `Model ${manifest.model.directory}, target ${manifest.target.id}, agent ${manifest.agent.id}, seed ${manifest.seed}.`,
    `Status: ${manifest.status}.`,
    '',
    '| phase | | status | seconds | gate |',
    '|---|---|---|---|---|',
    ...manifest.phases.map(({ phase, title, status, elapsedMs }) => {
      const summary = (reports.get(phase)?.summary ?? '').replaceAll('|', '\\|');
      return `| ${phase} | ${title} | ${status} | ${(elapsedMs / 1000).toFixed(1)} | ${summary} |`;
    }),
    '',
    ...agentSection(manifest),
  ];
  if (note !== null) lines.push(note, '');
  return lines.join('\n');
}
