import type { DeploymentIssue, DeploymentIssues } from '@tilewright/spec';

/** `issues.md`: problems met, what was found out, and the cure or who must act. */
export function issuesDocument({ issues }: DeploymentIssues): string {
  const open = issues.filter(({ cure }) => cure === null).length;
  const lines = ['# Issues', '', issues.length === 0 ? 'None were met.' : `${issues.length} met, ${open} open.`, ''];
  return [...lines, ...issues.flatMap(issueLines)].join('\n');
}

function issueLines(
  { phase, problem, diagnosis, cure, mustAct, recordedAt }: DeploymentIssue,
  index: number,
): string[] {
  return [
    `## ${index + 1}. Phase ${phase}`,
    '',
    `- Problem: ${problem}`,
    ...(diagnosis.length === 0 ? ['- Diagnosis: no skill matched.'] : diagnosis.map((line) => `- Diagnosis: ${line}`)),
    `- Cure: ${cure ?? 'none yet'}`,
    ...(mustAct === null ? [] : [`- Who must act: ${mustAct}`]),
    `- Seen: ${recordedAt}`,
    '',
  ];
}
