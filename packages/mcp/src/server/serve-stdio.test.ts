import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { scriptedService } from '../__fixtures__/scripted-service.ts';
import { runStdioServer } from './run-server.ts';

/** On a busy machine what comes soon comes late. */
const PATIENCE = { timeout: 30_000 };

/** A server over streams, spoken to by hand. */
async function spoken(): Promise<{
  readonly say: (line: string) => void;
  /** The answer to the request of that id. */
  readonly answer: (id: number) => Promise<Record<string, unknown>>;
  readonly end: () => void;
  readonly ended: Promise<void>;
}> {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()];
  let said = '';
  stdout.on('data', (chunk) => {
    said += chunk;
  });
  const { signal } = new AbortController();
  const ended = runStdioServer(await scriptedService(), { stdin, stdout, signal, onFault: () => {} });
  const answers = (): Record<string, unknown>[] =>
    said
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  return {
    say: (line) => void stdin.write(`${line}\n`),
    answer: async (id) => {
      await expect.poll(() => answers().some((each) => each.id === id), PATIENCE).toBe(true);
      return answers().find((each) => each.id === id) ?? {};
    },
    end: () => void stdin.end(),
    ended,
  };
}

const envelope = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};
const called = (args: unknown): string =>
  JSON.stringify({
    ...{ jsonrpc: '2.0', id: 7, method: 'tools/call' },
    params: { name: 'start_deployment', arguments: args, _meta: envelope },
  });

describe('over stdio', () => {
  it.each([
    ['no JSON', 'what is this?'],
    ['JSON that is no message', '{"hello":"world"}'],
    ['a list of messages', '[{"jsonrpc":"2.0","id":7,"method":"ping"}]'],
    ['an answer to nothing', '{"jsonrpc":"2.0","id":7,"result":{}}'],
    ['a method that there is not', '{"jsonrpc":"2.0","id":7,"method":"constructor"}'],
    ['a deep message', `{"jsonrpc":"2.0","id":7,"method":"ping","params":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`],
    ['arguments that are none', called('x')],
    ['a prototype', '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"__proto__","arguments":{}}}'],
    ['a long list', called({ model: 'a', out: 'b', skills: Array.from({ length: 300_000 }, () => 'x') })],
    ['a cancellation of nothing', '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}'],
  ])('goes on after %s', async (_what, line) => {
    const { say, answer, end, ended } = await spoken();
    say(line);
    say(
      JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'list_jobs', arguments: {}, _meta: envelope },
      }),
    );
    expect(await answer(1)).toMatchObject({ result: { structuredContent: { jobs: [] } } });
    end();
    await ended;
  });

  it('ends with a message that never ends', async () => {
    const { say, ended } = await spoken();
    say('x'.repeat(11 * 1024 * 1024));
    await ended;
  });
});
