import type { Readable, Writable } from 'node:stream';
import type { McpServerFactory } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio as serveOver } from '@modelcontextprotocol/server/stdio';

export interface StdioOptions {
  readonly stdin: Readable;
  /** Carries the protocol and nothing else. */
  readonly stdout: Writable;
  readonly signal: AbortSignal;
  readonly onFault: (error: unknown) => void;
}

/** Serves one client over a pair of streams, in the era that it opens with. Resolves when it has gone, or at the signal. */
export async function serveStdio(
  factory: McpServerFactory,
  { stdin, stdout, signal, onFault }: StdioOptions,
): Promise<void> {
  const transport = new StdioServerTransport(stdin, stdout);
  const handle = serveOver(factory, { transport, onerror: onFault });
  await new Promise<void>((resolve) => {
    const done = (): void => resolve();
    if (signal.aborted || stdin.readableEnded || stdin.destroyed) done();
    signal.addEventListener('abort', done, { once: true });
    for (const event of ['end', 'close']) stdin.once(event, done);
    // A client that reads no more is gone too, and so is one whose message never ends.
    stdout.once('error', done);
    const before = transport.onclose;
    transport.onclose = () => {
      before?.();
      done();
    };
  });
  await handle.close();
}
