import { TilewrightError } from '@tilewright/spec';

/** What of a workspace can be read as a resource, and how it lies there. */
export const WORKSPACE_DOCUMENTS = {
  deployment: { file: 'deployment.json', mimeType: 'application/json', title: 'How far the deployment came' },
  progress: { file: 'progress.md', mimeType: 'text/markdown', title: 'Progress' },
  report: { file: 'report.html', mimeType: 'text/html', title: 'Report, one page with everything' },
  evaluation: { file: 'evaluation_report.md', mimeType: 'text/markdown', title: "The evaluator's report" },
  plan: { file: 'plan.md', mimeType: 'text/markdown', title: 'The plan that stands' },
  trajectory: { file: 'perf_opt_traj.md', mimeType: 'text/markdown', title: 'Every attempt at an optimisation' },
  issues: { file: 'issues.md', mimeType: 'text/markdown', title: 'Problems met, and their causes' },
  lessons: { file: 'lessons.md', mimeType: 'text/markdown', title: 'What it taught' },
  profile: { file: 'profile.json', mimeType: 'application/json', title: 'Where the time goes' },
} as const;

export type WorkspaceDocument = keyof typeof WORKSPACE_DOCUMENTS;

export function isWorkspaceDocument(name: string): name is WorkspaceDocument {
  return Object.hasOwn(WORKSPACE_DOCUMENTS, name);
}

export const DOCUMENT_TEMPLATE = 'tilewright://workspaces/{workspace}/{document}';
export const GATE_TEMPLATE = 'tilewright://workspaces/{workspace}/gates/{phase}';

/** `workspace` is relative to the working directory; its separators are escaped, so that it is one segment. */
export function workspaceUri(workspace: string, document: WorkspaceDocument): string {
  return `tilewright://workspaces/${encodeURIComponent(workspace)}/${document}`;
}

export function gateUri(workspace: string, phase: number): string {
  return `tilewright://workspaces/${encodeURIComponent(workspace)}/gates/${phase}`;
}

/** A variable of a template, as it stands in the address. Throws `usage` where its escapes are none. */
export function decoded(value: string | readonly string[] | undefined): string {
  const text = typeof value === 'string' ? value : (value ?? []).join(',');
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TilewrightError('usage', `${text} is not a part of an address.`, 'Escape it as a URI component.');
  }
}
