import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tensor } from '@tilewright/spec';
import { writeAtomic } from '../files/write-atomic.ts';

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
const SUFFIX = '.tap';

/** Tensors on disk by key, each with a digest that is checked whenever it is read. */
export class TapStore {
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

  async has(key: string): Promise<boolean> {
    return stat(this.#file(key)).then(
      () => true,
      () => false,
    );
  }

  /** The tensor, bit for bit as it was put; null where there is none, or what is there is not what was put. */
  async get(key: string): Promise<Tensor | null> {
    const file = this.#file(key);
    const content = await readFile(file).catch(() => null);
    if (content === null) return null;
    const tensor = decode(key, content);
    if (tensor === null) await rm(file, { force: true }).catch(() => {});
    else {
      const now = new Date();
      await utimes(file, now, now).catch(() => {});
    }
    return tensor;
  }

  /**
   * Keeps a tensor, if there is room for it; with `replace`, in place of what is there. Where it cannot be written,
   * nothing is: this never throws.
   */
  async put(key: string, tensor: Tensor, { replace = false }: { readonly replace?: boolean } = {}): Promise<void> {
    const parts = encode(key, tensor);
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    if (this.#isUnusable || bytes > this.#maxBytes || (!replace && (await this.has(key)))) return;
    try {
      await writeAtomic(this.#file(key), parts, { durable: false });
      this.#bytes =
        this.#bytes === null
          ? (await this.#entries()).reduce((sum, entry) => sum + entry.bytes, 0)
          : this.#bytes + bytes;
      if (this.#bytes > this.#maxBytes) await this.#makeRoom();
    } catch (error) {
      this.#isUnusable = true;
      this.#onUnusable((error as Error).message);
    }
  }

  async #makeRoom(): Promise<void> {
    const entries = (await this.#entries()).sort((a, b) => a.usedMs - b.usedMs);
    let bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    for (const entry of entries) {
      if (bytes <= this.#maxBytes * AFTER_EVICTION) break;
      await rm(entry.file, { force: true });
      bytes -= entry.bytes;
    }
    this.#bytes = bytes;
  }

  async #entries(): Promise<{ file: string; bytes: number; usedMs: number }[]> {
    const names = await readdir(this.#directory, { recursive: true });
    const files = names.filter((name) => name.endsWith(SUFFIX)).map((name) => join(this.#directory, name));
    const found = await Promise.all(
      files.map((file) =>
        // Another process may have removed it meanwhile.
        stat(file).then(
          ({ size, mtimeMs }) => [{ file, bytes: size, usedMs: mtimeMs }],
          () => [],
        ),
      ),
    );
    return found.flat();
  }

  #file(key: string): string {
    return join(this.#directory, key.slice(0, 2), `${key}${SUFFIX}`);
  }
}

/** A line of JSON, then the values as they lie in memory. */
function encode(key: string, { shape, data }: Tensor): Uint8Array[] {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const header = { key, shape, sha256: contentDigest(key, shape, bytes) };
  return [Buffer.from(`${JSON.stringify(header)}\n`), bytes];
}

function decode(key: string, content: Buffer): Tensor | null {
  const end = content.indexOf(0x0a);
  if (end < 0) return null;
  try {
    const header = JSON.parse(content.subarray(0, end).toString('utf8')) as Record<string, unknown>;
    const shape = header.shape as number[];
    const bytes = content.subarray(end + 1);
    const elements = shape.reduce((product, extent) => product * extent, 1);
    if (header.key !== key || bytes.length !== 4 * elements) return null;
    if (header.sha256 !== contentDigest(key, shape, bytes)) return null;
    const data = new Float32Array(elements);
    new Uint8Array(data.buffer).set(bytes);
    return { shape, data };
  } catch {
    return null;
  }
}

function contentDigest(key: string, shape: readonly number[], bytes: Uint8Array): string {
  return createHash('sha256')
    .update(`${key} [${shape.join(',')}]\n`)
    .update(bytes)
    .digest('hex');
}
