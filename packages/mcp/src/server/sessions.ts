import { randomUUID } from 'node:crypto';
import {
  type McpServer,
  type McpServerFactory,
  type Server,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';

/** A client that asks for one more takes the place of the one that has been silent longest. */
const MOST_SESSIONS = 32;
const IDLE_MS = 30 * 60_000;

interface Session {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly server: McpServer | Server;
  usedAt: number;
}

export interface Sessions {
  readonly fetch: (request: Request, parsedBody: unknown) => Promise<Response>;
  readonly close: () => Promise<void>;
}

/**
 * Clients of the revisions with `initialize` over HTTP: a session for each, so that the server can ask them something in the
 * course of a call.
 */
export function sessions(factory: McpServerFactory, maxRequestBodySize: number): Sessions {
  const open = new Map<string, Session>();
  const end = async (id: string): Promise<void> => {
    const session = open.get(id);
    open.delete(id);
    await session?.server.close();
  };
  const begin = async (request: Request): Promise<Session> => {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      maxRequestBodySize,
      onsessioninitialized: async (id) => {
        const idle = [...open].sort(([, a], [, b]) => a.usedAt - b.usedAt);
        const old = idle.filter(
          ([, { usedAt }], index) => index <= open.size - MOST_SESSIONS || usedAt < Date.now() - IDLE_MS,
        );
        for (const [each] of old) await end(each);
        open.set(id, session);
      },
      onsessionclosed: end,
    });
    const server = await factory({ era: 'legacy', requestInfo: request });
    const session: Session = { transport, server, usedAt: Date.now() };
    await server.connect(transport);
    return session;
  };
  return {
    async fetch(request, parsedBody) {
      const id = request.headers.get('mcp-session-id');
      const known = id === null ? undefined : open.get(id);
      if (id !== null && known === undefined) return refused(404, -32001, 'Session not found');
      // What is not an `initialize` is refused by the transport, and leaves nothing behind.
      const session = known ?? (await begin(request));
      session.usedAt = Date.now();
      const response = await session.transport.handleRequest(request, parsedBody === undefined ? {} : { parsedBody });
      if (known === undefined && session.transport.sessionId === undefined) await session.server.close();
      return response;
    },
    async close() {
      await Promise.all([...open.keys()].map(end));
    },
  };
}

/** An answer to a request of which nothing can be said but that it is refused. */
export function refused(status: number, code: number, message: string): Response {
  return Response.json({ jsonrpc: '2.0', error: { code, message }, id: null }, { status });
}
