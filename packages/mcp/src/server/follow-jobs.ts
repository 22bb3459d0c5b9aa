import type { McpServer } from '@modelcontextprotocol/server';
import { jobUri } from '../resources/job-resources.ts';
import type { ServerState } from './server-state.ts';

/**
 * Tells a connection of jobs that begin and, of those that it subscribed to, when they take a turn. In the era without
 * `initialize` the SDK keeps the subscriptions and lets through what is wanted.
 */
export function followJobs(server: McpServer, { jobs, onFault }: ServerState, era: 'legacy' | 'modern'): void {
  const wanted = new Set<string>();
  if (era === 'legacy') {
    server.server.setRequestHandler('resources/subscribe', ({ params }) => {
      wanted.add(params.uri);
      return {};
    });
    server.server.setRequestHandler('resources/unsubscribe', ({ params }) => {
      wanted.delete(params.uri);
      return {};
    });
  }
  const stop = jobs.onChange((job, isNew) => {
    if (!server.isConnected()) return;
    if (isNew) server.server.sendResourceListChanged().catch(onFault);
    const uri = jobUri(job.id);
    if (era === 'modern' || wanted.has(uri)) server.server.sendResourceUpdated({ uri }).catch(onFault);
  });
  const before = server.server.onclose;
  server.server.onclose = () => {
    stop();
    before?.();
  };
}
