import { type McpServer, ResourceTemplate } from '@modelcontextprotocol/server';
import { jobView } from '../job/job-view.ts';
import type { ServerState } from '../server/server-state.ts';
import { resourceText } from './resource-error.ts';
import { decoded } from './workspace-uri.ts';

const MIME_TYPE = 'application/json';
const LINES = 200;

/** Changes whenever the job takes a turn: clients may subscribe to it. */
export function jobUri(job: string): string {
  return `tilewright://jobs/${job}`;
}

/** The jobs of this server, and the whole observation of one that waits for a decision. */
export function registerJobResources(server: McpServer, { jobs }: ServerState): void {
  const ids = (value: string): string[] => jobs.list().flatMap(({ id }) => (id.startsWith(value) ? [id] : []));
  server.registerResource(
    'job',
    new ResourceTemplate('tilewright://jobs/{job}', {
      list: () => ({
        resources: jobs.list().map(({ id, kind, subject }) => {
          return { uri: jobUri(id), name: id, title: id, description: `${kind} of ${subject}`, mimeType: MIME_TYPE };
        }),
      }),
      complete: { job: ids },
    }),
    { title: 'A job', description: 'What poll_job gives, with all lines that are kept.', mimeType: MIME_TYPE },
    (uri, variables) =>
      resourceText(uri, MIME_TYPE, async () => {
        const job = jobs.find(decoded(variables.job));
        return job === null ? null : JSON.stringify(jobView(job, LINES), null, 2);
      }),
  );
  server.registerResource(
    'observation',
    new ResourceTemplate('tilewright://jobs/{job}/observation', { list: undefined, complete: { job: ids } }),
    {
      title: 'The observation that waits',
      description:
        'All of it, plan and reports included, as the contract of an agent has it. observe gives it in short.',
      mimeType: MIME_TYPE,
    },
    (uri, variables) =>
      resourceText(uri, MIME_TYPE, async () => {
        const waiting = jobs.find(decoded(variables.job))?.guest?.waiting();
        return waiting ? JSON.stringify({ number: waiting.number, observation: waiting.observation }) : null;
      }),
  );
}
