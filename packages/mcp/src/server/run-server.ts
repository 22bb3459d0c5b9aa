import type { Readable, Writable } from 'node:stream';
import { jobUri } from '../resources/job-resources.ts';
import type { TilewrightService } from '../service/tilewright-service.ts';
import { serverFactory } from './build-server.ts';
import { serveHttp } from './serve-http.ts';
import { serveStdio } from './serve-stdio.ts';
import { serverState } from './server-state.ts';

export interface ServerOptions {
  /** Ends the server, and its jobs in order. */
  readonly signal: AbortSignal;
  /** Where faults go: never to stdout, which belongs to the protocol. */
  readonly onFault: (error: unknown) => void;
}

export interface StdioServerOptions extends ServerOptions {
  readonly stdin: Readable;
  readonly stdout: Writable;
}

export interface HttpServerOptions extends ServerOptions {
  readonly port: number;
  readonly onListening: (url: string) => void;
}

/** Serves one client over stdin and stdout until it has gone; then running jobs are stopped, to be resumed from their workspaces. */
export async function runStdioServer(service: TilewrightService, options: StdioServerOptions): Promise<void> {
  const state = await serverState(service, options.onFault);
  try {
    await serveStdio(serverFactory(state), options);
  } finally {
    await state.jobs.close();
  }
}

/** Serves clients on this machine over HTTP until the signal. Throws `usage` where the port cannot be had. */
export async function runHttpServer(
  service: TilewrightService,
  { port, onListening, signal, onFault }: HttpServerOptions,
): Promise<void> {
  const state = await serverState(service, onFault);
  const serving = await serveHttp(serverFactory(state), { port, onFault });
  const stop = state.jobs.onChange(({ id }, isNew) => {
    if (isNew) serving.notify.resourcesChanged();
    serving.notify.resourceUpdated(jobUri(id));
  });
  try {
    onListening(serving.url);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    stop();
    // Clients that poll are told of the end of their jobs before they are cut off.
    await state.jobs.close();
    await serving.close();
  }
}
