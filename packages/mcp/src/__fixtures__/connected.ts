import { PassThrough } from 'node:stream';
import { Client, type ClientCapabilities, type ElicitResult, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { runHttpServer, runStdioServer } from '../server/run-server.ts';
import type { TilewrightService } from '../service/tilewright-service.ts';
import { pipeTransport } from './pipe-transport.ts';

/** How a client and the server speak: every pair of these is served. */
export const WAYS = [
  { over: 'stdio', era: 'modern' },
  { over: 'stdio', era: 'legacy' },
  { over: 'http', era: 'modern' },
  { over: 'http', era: 'legacy' },
] as const;

export type Way = (typeof WAYS)[number];

export interface ConnectOptions {
  /** What the human at the client answers to a form; without it the client can show none. */
  readonly onForm?: (message: string) => ElicitResult;
}

export interface Connected {
  readonly client: Client;
  /** What went wrong in the server that no client was told in full. */
  readonly faults: readonly unknown[];
  /** Ends the server as its user does: by closing stdin, or by a signal. */
  readonly end: () => Promise<void>;
}

/** The official client, connected to a server over a service. */
export async function connected(service: TilewrightService, { over, era }: Way, options: ConnectOptions = {}): Promise<Connected> {
  const { onForm } = options;
  const capabilities: ClientCapabilities = onForm === undefined ? {} : { elicitation: { form: {} } };
  const client = new Client(
    { name: 'test', version: '0' },
    { capabilities, versionNegotiation: { mode: era === 'modern' ? { pin: '2026-07-28' } : 'legacy' } },
  );
  if (onForm !== undefined) {
    client.setRequestHandler('elicitation/create', async ({ params }) => onForm(params.message));
  }
  const faults: unknown[] = [];
  const onFault = (error: unknown): void => void faults.push(error);
  const controller = new AbortController();
  const { signal } = controller;
  if (over === 'stdio') {
    const [stdin, stdout] = [new PassThrough(), new PassThrough()];
    const running = runStdioServer(service, { stdin, stdout, signal, onFault });
    await client.connect(pipeTransport(stdout, stdin));
    const end = async (): Promise<void> => {
      stdin.end();
      await running;
    };
    return { client, faults, end };
  }
  let running: Promise<void> = Promise.resolve();
  const url = await new Promise<string>((onListening) => {
    running = runHttpServer(service, { port: 0, onListening, signal, onFault });
  });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  const end = async (): Promise<void> => {
    controller.abort();
    await running;
  };
  return { client, faults, end };
}

export interface Answer {
  readonly isError: boolean;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what is in it is what a test is about.
  readonly data: any;
}

/** Calls a tool and takes its answer apart. */
export async function call(
  client: Client,
  name: string,
  input: Readonly<Record<string, unknown>> = {},
  options: { readonly onprogress?: (progress: { readonly message?: string | undefined }) => void } = {},
): Promise<Answer> {
  const { content, isError = false, structuredContent } = await client.callTool({ name, arguments: input }, options);
  const [first] = content as readonly { readonly type: string; readonly text?: string }[];
  return { isError, text: first?.text ?? '', data: structuredContent };
}
