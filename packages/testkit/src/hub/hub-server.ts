import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A model of a hub that runs in a test: its files, and the commit that its branch stands for. */
export interface HubModel {
  /** `org/name`. */
  readonly name: string;
  /** 40 hexadecimal digits. */
  readonly commit: string;
  readonly files: Readonly<Record<string, Uint8Array | string>>;
  /** Needs an access token; without one the answer is `GatedRepo`. */
  readonly gated?: boolean;
}

/** What goes wrong, if anything; may be changed while the server runs. */
export interface HubFaults {
  /** The connection breaks after so many bytes of a file, each time one is asked for. */
  breakAfterBytes: number | null;
  /** One byte of every large file is another one. */
  damage: boolean;
  /** The answer to everything. */
  status: number | null;
}

export interface HubServer {
  readonly url: string;
  /** Method-less: `/org/name/resolve/main/config.json bytes=100-199`. */
  readonly requests: readonly string[];
  readonly faults: HubFaults;
  /** Puts another commit of a model in its place. */
  publish(model: HubModel): void;
  close(): Promise<void>;
}

/** The only access token that the server accepts; it is made up. */
export const HUB_TOKEN = 'hf_testtoken';
/** Files from this size on are stored by SHA-256, as large files are; smaller ones as Git blobs. */
const LARGE_BYTES = 1000;

/**
 * A hub of its own on this machine, with the endpoints that fetching a model takes: a revision's commit, a commit's
 * files, and a file's content by ranges.
 */
export async function hubServer(models: readonly HubModel[]): Promise<HubServer> {
  const byName = new Map(models.map((model) => [model.name, model]));
  const requests: string[] = [];
  const faults: HubFaults = { breakAfterBytes: null, damage: false, status: null };
  const server: Server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '').replace(/\?.*$/, ''));
    requests.push([path, request.headers.range].filter(Boolean).join(' '));
    answer(request, response, path, byName, faults);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    faults,
    publish: (model) => void byName.set(model.name, model),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  models: ReadonlyMap<string, HubModel>,
  faults: HubFaults,
): void {
  const refuse = (status: number, code: string): void => {
    response.writeHead(status, { 'x-error-code': code, 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: code }));
  };
  const parts =
    /^\/api\/models\/([^/]+\/[^/]+)\/(revision|tree)\/([^/]+)$/.exec(path) ??
    /^\/([^/]+\/[^/]+)\/(resolve)\/([^/]+)\/(.+)$/.exec(path);
  const [, name = '', kind, revision, file = ''] = parts ?? [];
  const model = models.get(name);
  const refusal = refusalOf(model, revision, request.headers.authorization, faults);
  if (model === undefined || refusal !== null) {
    refuse(...(refusal ?? [401, 'RepoNotFound']));
  } else if (kind === 'resolve') {
    const content = model.files[file];
    if (content === undefined) refuse(404, 'EntryNotFound');
    else sendFile(request, response, Buffer.from(content), faults);
  } else {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(kind === 'revision' ? { _id: '1', id: name, sha: model.commit } : listing(model)));
  }
}

/** Status and the hub's own word; null where there is nothing to refuse. */
function refusalOf(
  model: HubModel | undefined,
  revision: string | undefined,
  token: string | undefined,
  { status }: HubFaults,
): [number, string] | null {
  if (status !== null) return [status, 'Fault'];
  if (token !== undefined && token !== `Bearer ${HUB_TOKEN}`) return [401, 'InvalidToken'];
  if (model === undefined) return [401, 'RepoNotFound'];
  if (model.gated && token === undefined) return [401, 'GatedRepo'];
  return revision === 'main' || revision === model.commit ? null : [404, 'RevisionNotFound'];
}

function listing({ files }: HubModel): unknown[] {
  const entries = Object.entries(files).map(([path, content]) => {
    const bytes = Buffer.from(content);
    const size = bytes.length;
    const oid = createHash('sha1').update(`blob ${size}\0`).update(bytes).digest('hex');
    const lfs = { oid: createHash('sha256').update(bytes).digest('hex'), size, pointerSize: 130 };
    return { type: 'file', path, size, oid, ...(size >= LARGE_BYTES && { lfs }) };
  });
  return [{ type: 'directory', path: 'original', size: 0, oid: '0'.repeat(40) }, ...entries];
}

function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  whole: Buffer,
  { breakAfterBytes, damage }: HubFaults,
): void {
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  const first = Number(range?.[1] ?? 0);
  const last = Math.min(Number(range?.[2] ?? whole.length - 1), whole.length - 1);
  const bytes = Buffer.from(whole.subarray(first, last + 1));
  if (damage && bytes.length >= LARGE_BYTES) bytes[500] = (bytes[500] as number) ^ 1;
  response.writeHead(range ? 206 : 200, {
    etag: '"etag"',
    'content-length': bytes.length,
    ...(range && { 'content-range': `bytes ${first}-${last}/${whole.length}` }),
  });
  if (breakAfterBytes === null || bytes.length <= breakAfterBytes) {
    response.end(bytes);
    return;
  }
  response.write(bytes.subarray(0, breakAfterBytes), () => setTimeout(() => response.destroy(), 20));
}
