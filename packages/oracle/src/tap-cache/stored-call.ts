import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { Tensor } from '@tilewright/spec';
import { readAt } from '../files/read-at.ts';

/** Where a tap stands in the file of its call, and what it must be. */
export interface StoredTap {
  readonly shape: readonly number[];
  readonly position: number;
  readonly sha256: string;
}

/** The last bytes of a file: the length of the index before them. */
export const TRAILER_BYTES = 8;

/** The taps of one call, as they lie in a file: the values one after the other, an index, and the index's length. */
export class StoredCall {
  readonly taps: ReadonlyMap<string, StoredTap>;
  readonly #handle: FileHandle;
  readonly #file: string;

  private constructor(taps: ReadonlyMap<string, StoredTap>, handle: FileHandle, file: string) {
    this.taps = taps;
    this.#handle = handle;
    this.#file = file;
  }

  /** Null where there is none, or what is there is no such file. */
  static async open(file: string, call: string): Promise<StoredCall | null> {
    const handle = await open(file, 'r').catch(() => null);
    if (handle === null) return null;
    try {
      const { size } = await handle.stat();
      const trailer = Buffer.from(await readAt(handle, size - TRAILER_BYTES, TRAILER_BYTES, file));
      const length = Number(trailer.readBigUInt64LE());
      if (length > size) throw new RangeError('the index is longer than the file');
      const text = await readAt(handle, size - TRAILER_BYTES - length, length, file);
      const index = JSON.parse(Buffer.from(text).toString('utf8')) as { call: string; taps: [string, StoredTap][] };
      if (index.call !== call) throw new RangeError('the index is of another call');
      return new StoredCall(new Map(index.taps), handle, file);
    } catch {
      await handle.close();
      return null;
    }
  }

  /** The tensor, bit for bit as it was put; null where what is there is not that. */
  async read(key: string): Promise<Tensor | null> {
    const tap = this.taps.get(key);
    if (tap === undefined) return null;
    const data = new Float32Array(tap.shape.reduce((product, extent) => product * extent, 1));
    const bytes = new Uint8Array(data.buffer);
    try {
      await readAt(this.#handle, tap.position, bytes.length, this.#file, bytes);
    } catch {
      return null;
    }
    return tap.sha256 === tapDigest(key, tap.shape, bytes) ? { shape: tap.shape, data } : null;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** Of a tap's key, shape and values. */
export function tapDigest(key: string, shape: readonly number[], bytes: Uint8Array): string {
  return createHash('sha256')
    .update(`${key} [${shape.join(',')}]\n`)
    .update(bytes)
    .digest('hex');
}
