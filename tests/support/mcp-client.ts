import { fileURLToPath } from 'node:url';
import { Client, type ElicitResult } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

/** The command, as it is built. */
export const TILEWRIGHT: string = fileURLToPath(new URL('../../packages/cli/bin/tilewright.js', import.meta.url));

export interface McpClientOptions {
  readonly cwd: string;
  readonly era: 'modern' | 'legacy';
  /** What the human at the client answers to a form; without it the client can show none. */
  readonly onForm?: (message: string) => ElicitResult;
}

/** `tilewright mcp` as it is built, in a process of its own, and the official client of it. */
export async function mcpClient({ cwd, era, onForm }: McpClientOptions): Promise<Client> {
  const client = new Client(
    { name: 'scripted', version: '0' },
    {
      capabilities: onForm === undefined ? {} : { elicitation: { form: {} } },
      versionNegotiation: { mode: era === 'modern' ? { pin: '2026-07-28' } : 'legacy' },
    },
  );
  if (onForm !== undefined)
    client.setRequestHandler('elicitation/create', async ({ params }) => onForm(params.message));
  const env = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [TILEWRIGHT, 'mcp'], cwd, env, stderr: 'ignore' }),
  );
  return client;
}

export interface ToolAnswer {
  readonly isError: boolean;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what is in it is what a test is about.
  readonly data: any;
}

/** Calls a tool and takes its answer apart. */
export async function callTool(
  client: Client,
  name: string,
  input: Readonly<Record<string, unknown>> = {},
): Promise<ToolAnswer> {
  const { content, isError = false, structuredContent } = await client.callTool({ name, arguments: { ...input } });
  const [first] = content as readonly { readonly text?: string }[];
  return { isError, text: first?.text ?? '', data: structuredContent };
}

/** Follows a job until it needs something or has ended. */
export async function followJob(client: Client, job: string): Promise<ToolAnswer['data']> {
  for (;;) {
    const { data, text, isError } = await callTool(client, 'poll_job', { job, waitMs: 20_000 });
    if (isError) throw new Error(text);
    if (data.status !== 'running' || data.needs !== 'nothing') return data;
  }
}

export async function readText(client: Client, uri: string): Promise<string> {
  const { contents } = await client.readResource({ uri });
  return contents.map((content) => ('text' in content ? content.text : '')).join('');
}
