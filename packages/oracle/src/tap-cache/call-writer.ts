import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Tensor } from '@tilewright/spec';
import { type StoredCall, type StoredTap, TRAILER_BYTES, tapDigest } from './stored-call.ts';

/** Writes the taps of a call as they come; nothing is found under its name before `finish`. */
export class CallWriter {
  readonly #file: string;
  readonly #temporary: string;
  readonly #call: string;
  readonly #taps = new Map<string, StoredTap>();
  readonly #handle: FileHandle;
  #bytes = 0;

  private constructor(file: string, temporary: string, call: string, handle: FileHandle) {
    this.#file = file;
    this.#temporary = temporary;
    this.#call = call;
    this.#handle = handle;
  }

  /** Throws what the file system does, as all methods do. */
  static async create(file: string, call: string): Promise<CallWriter> {
    const temporary = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}.tmp`;
    await mkdir(dirname(file), { recursive: true });
    return new CallWriter(file, temporary, call, await open(temporary, 'wx'));
  }

  get bytes(): number {
    return this.#bytes;
  }

  async add(key: string, { shape, data }: Tensor): Promise<void> {
    if (this.#taps.has(key)) return;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#taps.set(key, { shape, position: this.#bytes, sha256: tapDigest(key, shape, bytes) });
    await this.#append(bytes);
  }

  /** Takes over what an earlier file has besides, and puts the new one in its place. */
  async finish(earlier: StoredCall | null): Promise<void> {
    for (const key of earlier?.taps.keys() ?? []) {
      const tensor = this.#taps.has(key) ? null : await earlier?.read(key);
      if (tensor) await this.add(key, tensor);
    }
    const index = Buffer.from(JSON.stringify({ call: this.#call, taps: [...this.#taps] }));
    const trailer = Buffer.alloc(TRAILER_BYTES);
    trailer.writeBigUInt64LE(BigInt(index.length));
    await this.#append(Buffer.concat([index, trailer]));
    await this.#handle.close();
    await rename(this.#temporary, this.#file);
  }

  /** Leaves nothing behind. */
  async abandon(): Promise<void> {
    await this.#handle.close().catch(() => {});
    await rm(this.#temporary, { force: true }).catch(() => {});
  }

  async #append(bytes: Uint8Array): Promise<void> {
    await this.#handle.writeFile(bytes);
    this.#bytes += bytes.length;
  }
}
