import type { McpServer } from '@modelcontextprotocol/server';
import { serverFactory } from '../../server/build-server.ts';
import { type HttpServing, serveHttp } from '../../server/serve-http.ts';
import { serverState } from '../../server/server-state.ts';
import { scriptedService } from '../scripted-service.ts';
import { registerAskingTools } from './asking-tools.ts';
import { registerContentTools } from './content-tools.ts';
import { registerInputTools } from './input-tools.ts';
import { registerResourcesAndPrompts } from './resources-and-prompts.ts';

/**
 * The server as it is served, with the tools, resources and prompts beside its own that the conformance suite calls by name: what
 * the suite proves of transports, sessions, eras, questions and errors is proven of the code that they share.
 */
export async function conformanceServer(onFault: (error: unknown) => void): Promise<HttpServing> {
  const state = await serverState(await scriptedService(), onFault);
  const factory = serverFactory(state);
  return serveHttp(
    async (context) => {
      const server = (await factory(context)) as McpServer;
      // The revisions with `initialize` have logs; the server itself writes them to stderr.
      server.server.registerCapabilities({ logging: {} });
      registerContentTools(server);
      registerInputTools(server, state);
      registerAskingTools(server);
      registerResourcesAndPrompts(server);
      return server;
    },
    { port: 0, onFault },
  );
}
