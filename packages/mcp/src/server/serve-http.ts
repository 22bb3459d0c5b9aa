import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  localhostHostValidation,
  localhostOriginValidation,
  type NodeIncomingMessageLike,
  toNodeHandler,
} from '@modelcontextprotocol/node';
import {
  createMcpHandler,
  isLegacyRequest,
  type McpServerFactory,
  type ServerNotifier,
} from '@modelcontextprotocol/server';
import { TilewrightError } from '@tilewright/spec';
import { refused, sessions } from './sessions.ts';

/** The one address: this machine, and nobody else's. */
const LOOPBACK = '127.0.0.1';
const PATH = '/mcp';
/** An authored Program may be large; nothing here is larger. */
const LARGEST_BODY_BYTES = 4 * 1024 * 1024;
/** Ended connections that a client would not let go of. */
const CLOSING_MS = 1000;

export interface HttpOptions {
  /** 0 for one that is free. */
  readonly port: number;
  readonly onFault: (error: unknown) => void;
}

export interface HttpServing {
  readonly url: string;
  /** Tells clients that listen what has changed. */
  readonly notify: ServerNotifier;
  readonly close: () => Promise<void>;
}

/**
 * Serves the protocol over HTTP on this machine: requests of the revision without `initialize` each by itself, those of the
 * ones with it in sessions. What comes under another host's name, from another origin, or is larger than 4 MiB is refused.
 * Throws `usage` where the port cannot be had.
 */
export async function serveHttp(factory: McpServerFactory, { port, onFault }: HttpOptions): Promise<HttpServing> {
  const maxRequestBodySize = LARGEST_BODY_BYTES;
  const modern = createMcpHandler(factory, { legacy: 'reject', onerror: onFault, maxRequestBodySize });
  const legacy = sessions(factory, maxRequestBodySize);
  const handle = toNodeHandler(
    {
      fetch: async (request, options) => {
        if (new URL(request.url).pathname !== PATH) return refused(404, -32000, `There is nothing here but ${PATH}.`);
        const isLegacy = await isLegacyRequest(request, options?.parsedBody, { maxRequestBodySize });
        return isLegacy ? legacy.fetch(request, options?.parsedBody) : modern.fetch(request, options);
      },
    },
    { onerror: onFault, maxRequestBodySize },
  );
  const [hostIsOurs, originIsOurs] = [localhostHostValidation(), localhostOriginValidation()];
  const server = createServer((request, response) => {
    if (!hostIsOurs(request, response) || !originIsOurs(request, response)) return;
    handle(request as NodeIncomingMessageLike, response).catch(onFault);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(portError(port, error)));
    server.listen(port, LOOPBACK, resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${LOOPBACK}:${taken}${PATH}`,
    notify: modern.notify,
    async close() {
      await Promise.all([modern.close(), legacy.close()]);
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeIdleConnections();
      const late = setTimeout(() => server.closeAllConnections(), CLOSING_MS);
      await closed;
      clearTimeout(late);
    },
  };
}

function portError(port: number, error: NodeJS.ErrnoException): TilewrightError {
  const why = error.code === 'EADDRINUSE' ? 'another program listens there' : error.message;
  return new TilewrightError(
    'usage',
    `Port ${port} of ${LOOPBACK} cannot be had: ${why}.`,
    'Name another port, or 0 for one that is free.',
    { field: '--http', got: port },
    { cause: error },
  );
}
