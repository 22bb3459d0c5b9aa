import { type McpServer, type Resource, ResourceTemplate } from '@modelcontextprotocol/server';
import type { ServerState } from '../server/server-state.ts';
import { findWorkspaceFile, readWorkspaceFile } from './read-workspace-file.ts';
import { resourceText } from './resource-error.ts';
import {
  DOCUMENT_TEMPLATE,
  decoded,
  GATE_TEMPLATE,
  gateUri,
  isWorkspaceDocument,
  WORKSPACE_DOCUMENTS,
  type WorkspaceDocument,
  workspaceUri,
} from './workspace-uri.ts';

const LAST_PHASE = 7;
const GATE_FILE = /^[0-7]$/;

/** Reports and gate evidence of deployments: of any below the working directory by address, of this server's jobs in the list. */
export function registerWorkspaceResources(server: McpServer, state: ServerState): void {
  const complete = { workspace: (value: string) => knownWorkspaces(state).filter((name) => name.startsWith(value)) };
  const names = Object.keys(WORKSPACE_DOCUMENTS);
  server.registerResource(
    'workspace-document',
    new ResourceTemplate(DOCUMENT_TEMPLATE, {
      list: async () => ({ resources: await listed(state, documentsOf) }),
      complete: { ...complete, document: (value) => names.filter((name) => name.startsWith(value)) },
    }),
    {
      title: 'A document of a deployment',
      description: `One of ${names.join(', ')}. The workspace is its directory below the server's working directory, with / written as %2F.`,
    },
    (uri, variables) => {
      const document = decoded(variables.document);
      const known = isWorkspaceDocument(document) ? WORKSPACE_DOCUMENTS[document] : null;
      return resourceText(uri, known?.mimeType ?? 'text/plain', async () =>
        known === null ? null : readIn(state, decoded(variables.workspace), known.file),
      );
    },
  );
  server.registerResource(
    'gate-evidence',
    new ResourceTemplate(GATE_TEMPLATE, {
      list: async () => ({ resources: await listed(state, gatesOf) }),
      complete: { ...complete, phase: () => Array.from({ length: LAST_PHASE + 1 }, (_, phase) => String(phase)) },
    }),
    {
      title: "A gate's evidence",
      description:
        'The report of the gate of a phase, with every comparison that it made. Phase 7 is the evaluator’s report.',
      mimeType: 'application/json',
    },
    (uri, variables) =>
      resourceText(uri, 'application/json', async () => {
        const phase = decoded(variables.phase);
        return GATE_FILE.test(phase) ? readIn(state, decoded(variables.workspace), gateFile(Number(phase))) : null;
      }),
  );
}

/** The workspace that an address names, without links. Null where no deployment lies there. Throws `usage`. */
async function workspaceNamed(state: ServerState, workspace: string): Promise<string | null> {
  const directory = await state.workspaces.below(workspace, 'workspace');
  // A directory that merely has a file of a document's name is nobody's business here.
  const manifest = await findWorkspaceFile(directory, WORKSPACE_DOCUMENTS.deployment.file);
  return manifest === null ? null : directory;
}

async function readIn(state: ServerState, workspace: string, file: string): Promise<string | null> {
  const directory = await workspaceNamed(state, workspace);
  return directory === null ? null : readWorkspaceFile(directory, file);
}

async function isIn(state: ServerState, workspace: string, file: string): Promise<boolean> {
  const directory = await workspaceNamed(state, workspace);
  return directory !== null && (await findWorkspaceFile(directory, file)) !== null;
}

function gateFile(phase: number): string {
  return phase === LAST_PHASE ? 'evaluation.json' : `gates/phase-${phase}.json`;
}

function knownWorkspaces({ jobs, workspaces }: ServerState): string[] {
  const directories = jobs.list().flatMap(({ directory }) => (directory === null ? [] : [directory]));
  return [...new Set(directories)].map((directory) => workspaces.nameOf(directory));
}

async function listed(
  state: ServerState,
  of: (state: ServerState, workspace: string) => Promise<Resource[]>,
): Promise<Resource[]> {
  return (await Promise.all(knownWorkspaces(state).map((workspace) => of(state, workspace)))).flat();
}

async function documentsOf(state: ServerState, workspace: string): Promise<Resource[]> {
  const documents = Object.keys(WORKSPACE_DOCUMENTS) as WorkspaceDocument[];
  const resources = documents.map(async (document): Promise<Resource[]> => {
    const { file, mimeType, title } = WORKSPACE_DOCUMENTS[document];
    if (!(await isIn(state, workspace, file))) return [];
    const described = { name: `${workspace} ${document}`, title, description: `${title}: ${workspace}` };
    return [{ uri: workspaceUri(workspace, document), ...described, mimeType }];
  });
  return (await Promise.all(resources)).flat();
}

async function gatesOf(state: ServerState, workspace: string): Promise<Resource[]> {
  const phases = Array.from({ length: LAST_PHASE + 1 }, (_, phase) => phase);
  const resources = phases.map(async (phase): Promise<Resource[]> => {
    if (!(await isIn(state, workspace, gateFile(phase)))) return [];
    const title = `Gate of phase ${phase}`;
    const description = `${title}, with every comparison: ${workspace}`;
    return [
      {
        uri: gateUri(workspace, phase),
        name: `${workspace} gate ${phase}`,
        title,
        description,
        mimeType: 'application/json',
      },
    ];
  });
  return (await Promise.all(resources)).flat();
}
