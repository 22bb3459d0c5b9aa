import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scriptedService } from '../__fixtures__/scripted-service.ts';
import { serverFactory } from './build-server.ts';
import { type HttpServing, serveHttp } from './serve-http.ts';
import { serverState } from './server-state.ts';

let serving: HttpServing;
beforeEach(async () => {
  const state = await serverState(await scriptedService(), () => {});
  serving = await serveHttp(serverFactory(state), { port: 0, onFault: () => {} });
});
afterEach(() => serving.close());

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** By hand: fetch would not let a test choose the host's name. */
function send({
  method = 'POST',
  path = '/mcp',
  headers = {},
  body,
}: Sent): Promise<{ status: number; text: string; headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(serving.url);
    const sent = request(
      {
        ...{ host: '127.0.0.1', port, method, path },
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const INITIALIZE = JSON.stringify({
  ...{ jsonrpc: '2.0', id: 1, method: 'initialize' },
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '0' } },
});

describe('over HTTP', () => {
  it('answers this machine only', async () => {
    expect(serving.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/);
    const others = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    for (const { address } of others.filter(({ internal, family }) => !internal && family === 'IPv4')) {
      await expect(fetch(serving.url.replace('127.0.0.1', address), { method: 'POST' })).rejects.toThrow();
    }
  });

  it.each([
    ['a page of another site', { origin: 'https://evil.example' }],
    ['a page that hides where it is from', { origin: 'null' }],
    ['a name that was bound to this address', { host: 'evil.example' }],
    ['a name that begins like ours', { host: 'localhost.evil.example:80' }],
  ])('refuses %s', async (_what, headers) => {
    expect(await send({ headers, body: INITIALIZE })).toMatchObject({ status: 403 });
  });

  it('takes its own pages and names', async () => {
    for (const headers of [{ origin: 'http://localhost:5173' }, { host: 'localhost:1' }]) {
      expect(await send({ headers, body: INITIALIZE })).toMatchObject({ status: 200 });
    }
  });

  it('refuses what is too large, whatever it says of its size', async () => {
    const body = INITIALIZE.replace('"test"', JSON.stringify('x'.repeat(5_000_000)));
    expect((await send({ body })).status).toBe(413);
    expect((await send({ body, headers: { 'transfer-encoding': 'chunked' } })).status).toBe(413);
  });

  it.each([
    ['another path', { path: '/', body: INITIALIZE }, 404],
    ['no JSON', { body: '{"jsonrpc"' }, 400],
    ['another type of content', { body: INITIALIZE, headers: { 'content-type': 'text/plain' } }, 415],
    ['a session that there is not', { body: INITIALIZE, headers: { 'mcp-session-id': 'nope' } }, 404],
    ['a call without a session', { body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}' }, 400],
    [
      'a revision that there is not',
      {
        body: '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2099-01-01","io.modelcontextprotocol/clientCapabilities":{}}}}',
      },
      400,
    ],
  ] as const)('refuses %s', async (_what, sent, status) => {
    expect(await send(sent)).toMatchObject({ status });
  });

  it('ends a session when its client says so', async () => {
    const { headers } = await send({ body: INITIALIZE });
    const session = { 'mcp-session-id': String(headers['mcp-session-id']), 'mcp-protocol-version': '2025-11-25' };
    const ping = { headers: session, body: '{"jsonrpc":"2.0","id":2,"method":"ping"}' };
    expect((await send(ping)).status).toBe(200);
    expect((await send({ method: 'DELETE', headers: session })).status).toBe(200);
    expect((await send(ping)).status).toBe(404);
  });

  it('keeps a bounded number of sessions', async () => {
    const first = await send({ body: INITIALIZE });
    const session = { 'mcp-session-id': String(first.headers['mcp-session-id']) };
    for (let i = 0; i < 40; i++) expect((await send({ body: INITIALIZE })).status).toBe(200);
    expect((await send({ headers: session, body: '{"jsonrpc":"2.0","id":2,"method":"ping"}' })).status).toBe(404);
  });

  it('says which port it cannot have', async () => {
    const port = Number(new URL(serving.url).port);
    const state = await serverState(await scriptedService(), () => {});
    await expect(serveHttp(serverFactory(state), { port, onFault: () => {} })).rejects.toMatchObject({
      code: 'usage',
      message: `Port ${port} of 127.0.0.1 cannot be had: another program listens there.`,
    });
  });
});
