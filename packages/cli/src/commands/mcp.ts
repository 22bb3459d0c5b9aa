import { Console } from 'node:console';
import { runHttpServer, runStdioServer } from '@tilewright/mcp';
import { tilewrightService } from '../mcp/tilewright-service.ts';
import type { Surroundings } from '../terminal/surroundings.ts';

export interface McpRequest {
  /** Over HTTP on this port of the loopback address; over stdin and stdout where there is none. */
  readonly httpPort?: number;
}

/** Serves until the client has gone or the signal; running jobs are then stopped in order. */
export async function serveMcp({ httpPort }: McpRequest, surroundings: Surroundings): Promise<void> {
  const { stdin, stdout, stderr, signal, environment } = surroundings;
  const service = tilewrightService(surroundings);
  const debug = environment.TILEWRIGHT_DEBUG === '1';
  const onFault = (error: unknown): void => {
    const text = error instanceof Error ? ((debug ? error.stack : null) ?? error.message) : String(error);
    stderr.write(`mcp: ${text}\n`);
  };
  if (httpPort !== undefined) {
    const onListening = (url: string): void => void stderr.write(`Listening on ${url}, for this machine only.\n`);
    return runHttpServer(service, { port: httpPort, onListening, signal, onFault });
  }
  // A target or skill of the user's may print: what is not of the protocol must not come to stdout.
  const console = globalThis.console;
  globalThis.console = new Console(stderr, stderr);
  try {
    await runStdioServer(service, { stdin, stdout, signal, onFault });
  } finally {
    globalThis.console = console;
  }
}
