import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { CallWriter } from './call-writer.ts';
import { StoredCall } from './stored-call.ts';

export interface TapCacheOptions {
  /** Where the values are kept. Anyone who may write there may change them: a judge uses none but its own. */
  readonly directory: string;
  /** What all of them may take. The least recently used go first. Default 2 GiB. */
  readonly maxBytes?: number;
  /** Told once, where nothing can be written; the values are then computed each time. */
  readonly onUnusable?: (reason: string) => void;
}

const DEFAULT_MAX_BYTES = 2 * 1024 ** 3;
/** How full the store is after it has made room. */
const AFTER_EVICTION = 0.9;
const SUFFIX = '.taps';

/** Taps on disk, one file for each call of an oracle. Nothing that goes wrong here is an error: it is computed instead. */
export class CallStore {
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #onUnusable: (reason: string) => void;
  /** What is stored, as far as this process knows; null before it has looked. */
  #bytes: number | null = null;
  #isUnusable = false;

  constructor({ directory, maxBytes = DEFAULT_MAX_BYTES, onUnusable = () => {} }: TapCacheOptions) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
    this.#onUnusable = onUnusable;
  }

  /** What is stored of a call, which the caller closes; null where there is nothing. */
  async open(call: string): Promise<StoredCall | null> {
    const file = this.#file(call);
    const stored = await StoredCall.open(file, call);
    const now = new Date();
    if (stored !== null) await utimes(file, now, now).catch(() => {});
    return stored;
  }

  /** Keeps what `write` adds, and what `earlier` has besides, if it ends well and there is room for it. */
  async keep<T>(call: string, earlier: StoredCall | null, write: (add: CallWriter['add']) => Promise<T>): Promise<T> {
    let writer = await this.#attempt(() => CallWriter.create(this.#file(call), call));
    const drop = async (): Promise<void> => {
      await writer?.abandon();
      writer = null;
    };
    try {
      const result = await write(async (key, tensor) => {
        const added = await this.#attempt(async () => (await writer?.add(key, tensor)) ?? true);
        if (added === null || (writer?.bytes ?? 0) > this.#maxBytes) await drop();
      });
      const finished = await this.#attempt(async () => (await writer?.finish(earlier)) ?? true);
      if (finished === null) await drop();
      else if (writer !== null) await this.#count(writer.bytes);
      return result;
    } catch (error) {
      await drop();
      throw error;
    }
  }

  /** Null where the disk does not do it; from then on nothing is written. */
  async #attempt<T>(work: () => Promise<T>): Promise<T | null> {
    if (this.#isUnusable) return null;
    try {
      return await work();
    } catch (error) {
      this.#isUnusable = true;
      this.#onUnusable((error as Error).message);
      return null;
    }
  }

  async #count(bytes: number): Promise<void> {
    await this.#attempt(async () => {
      this.#bytes = this.#bytes === null ? sum(await this.#files()) : this.#bytes + bytes;
      if (this.#bytes <= this.#maxBytes) return;
      const files = (await this.#files()).sort((a, b) => a.usedMs - b.usedMs);
      this.#bytes = sum(files);
      for (const file of files) {
        if (this.#bytes <= this.#maxBytes * AFTER_EVICTION) break;
        await rm(file.path, { force: true });
        this.#bytes -= file.bytes;
      }
    });
  }

  async #files(): Promise<StoredFile[]> {
    const names = await readdir(this.#directory, { recursive: true });
    const paths = names.filter((name) => name.endsWith(SUFFIX)).map((name) => join(this.#directory, name));
    const found = await Promise.all(
      paths.map((path) =>
        // Another process may have removed it meanwhile.
        stat(path).then(
          ({ size, mtimeMs }) => [{ path, bytes: size, usedMs: mtimeMs }],
          () => [],
        ),
      ),
    );
    return found.flat();
  }

  #file(call: string): string {
    return join(this.#directory, call.slice(0, 2), `${call}${SUFFIX}`);
  }
}

interface StoredFile {
  readonly path: string;
  readonly bytes: number;
  readonly usedMs: number;
}

function sum(files: readonly StoredFile[]): number {
  return files.reduce((bytes, file) => bytes + file.bytes, 0);
}
