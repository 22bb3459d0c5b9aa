import { TilewrightError, throwIfAborted } from '@tilewright/spec';
import { type HubAnswer, hubError } from './hub-error.ts';
import type { HubSettings } from './hub-settings.ts';
import type { ModelId } from './model-id.ts';

/** A file of a model's repository. */
export interface HubFile {
  readonly path: string;
  readonly bytes: number;
  /** Its name in the cache, and the digest of its content: SHA-256 of large files, the Git blob's SHA-1 of small ones. */
  readonly digest: string;
}

const COMMIT = /^[0-9a-f]{40}$/;
const DIGEST = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** What we ask of the hub, about one model. Every method throws what `hubError` makes, and `aborted`. */
export class HubClient {
  readonly #id: ModelId;
  readonly #settings: HubSettings;
  readonly #signal: AbortSignal | undefined;
  /** The latest answer that was no success: the library's errors do not say all of it. */
  #refusal: HubAnswer | null = null;

  constructor(id: ModelId, settings: HubSettings, signal?: AbortSignal) {
    this.#id = id;
    this.#settings = settings;
    this.#signal = signal;
  }

  /** The commit that the revision stands for now. */
  async commit(): Promise<string> {
    const { modelInfo } = await hub();
    const { sha } = await this.#ask(() =>
      modelInfo({ ...this.#common(), name: this.#id.name, revision: this.#id.revision, additionalFields: ['sha'] }),
    );
    if (typeof sha === 'string' && COMMIT.test(sha)) return sha;
    throw this.#unintelligible(`${JSON.stringify(sha)} as the commit of ${this.#id.revision}`);
  }

  /** All files of a commit. */
  async files(commit: string): Promise<readonly HubFile[]> {
    const { listFiles } = await hub();
    return this.#ask(async () => {
      const files: HubFile[] = [];
      const request = { ...this.#common(), repo: this.#id.name, revision: commit, recursive: true };
      for await (const { type, path, size, oid, lfs } of listFiles(request)) {
        if (type !== 'file') continue;
        const digest = lfs?.oid ?? oid ?? '';
        if (!DIGEST.test(digest)) throw this.#unintelligible(`no digest of ${path}`);
        files.push({ path, bytes: lfs?.size ?? size, digest });
      }
      return files;
    });
  }

  /** The bytes of a file from `from` on. */
  async *content(file: HubFile, commit: string, from: number): AsyncGenerator<Uint8Array> {
    const { downloadFile } = await hub();
    const request = { ...this.#common(), repo: this.#id.name, path: file.path, revision: commit, xet: false };
    const blob = await this.#ask(() => downloadFile(request));
    if (blob === null) throw hubError(this.#id, { status: 404, code: 'EntryNotFound' }, this.#settings, null);
    const reader = (from === 0 ? blob : blob.slice(from, file.bytes)).stream().getReader();
    try {
      for (let part = await this.#ask(() => reader.read()); !part.done; part = await this.#ask(() => reader.read())) {
        yield part.value;
      }
    } finally {
      await reader.cancel().catch(() => {});
    }
  }

  async #ask<T>(request: () => Promise<T>): Promise<T> {
    throwIfAborted(this.#signal);
    this.#refusal = null;
    try {
      return await request();
    } catch (error) {
      throwIfAborted(this.#signal);
      throw hubError(this.#id, this.#refusal, this.#settings, error);
    }
  }

  #common(): { hubUrl: string; fetch: typeof fetch; accessToken?: string } {
    const { hubUrl, token } = this.#settings;
    return { hubUrl, fetch: (input, init) => this.#fetch(input, init), ...(token !== null && { accessToken: token }) };
  }

  async #fetch(input: Parameters<typeof fetch>[0], init: RequestInit | undefined): Promise<Response> {
    const response = await fetch(input, { ...init, ...(this.#signal && { signal: this.#signal }) });
    if (!response.ok) this.#refusal = { status: response.status, code: response.headers.get('x-error-code') };
    return response;
  }

  #unintelligible(what: string): TilewrightError {
    const { hubUrl } = this.#settings;
    return new TilewrightError(
      'download-failed',
      `${hubUrl} answered with ${what}, which is not understood.`,
      'Check HF_ENDPOINT; it must be a Hugging Face hub.',
      { field: 'HF_ENDPOINT', got: hubUrl },
    );
  }
}

/** The client library is an optional peer: only who fetches models from the hub needs it. */
async function hub(): Promise<typeof import('@huggingface/hub')> {
  try {
    return await import('@huggingface/hub');
  } catch (error) {
    throw new TilewrightError(
      'dependency-missing',
      'Models can only be fetched from Hugging Face with the package @huggingface/hub, which is not installed.',
      'Run npm install @huggingface/hub, or give the directory of a model that is here.',
      { got: '@huggingface/hub' },
      { cause: error },
    );
  }
}
