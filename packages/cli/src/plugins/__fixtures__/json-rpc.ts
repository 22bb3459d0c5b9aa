import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** One side of JSON-RPC with a message per line, as MCP servers on stdio and the app server of Codex speak it. */
export interface JsonRpc {
  /** The result; an error of the other side as `{ error }`. Never answered if the other side has gone. */
  ask(method: string, params: unknown): Promise<any>;
  tell(method: string): void;
}

export function jsonRpc(from: Readable, to: Writable): JsonRpc {
  const waiting = new Map<number, (answer: unknown) => void>();
  createInterface({ input: from }).on('line', (line) => {
    const { id, result, error } = JSON.parse(line);
    waiting.get(id)?.(error === undefined ? result : { error });
  });
  const send = (message: object): void => void to.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  let asked = 0;
  return {
    ask: (method, params) =>
      new Promise((resolve) => {
        asked += 1;
        waiting.set(asked, resolve);
        send({ id: asked, method, params });
      }),
    tell: (method) => send({ method }),
  };
}
