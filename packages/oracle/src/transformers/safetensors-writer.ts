import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TilewrightError } from '@tilewright/spec';
import { unwritable } from '../files/write-atomic.ts';

interface Entry {
  readonly dtype: 'F32';
  readonly shape: readonly number[];
  /** Where its data begins and ends, after the header. */
  readonly data_offsets: readonly [number, number];
}

/** A file that replaces another as a whole when it is finished: until then nobody sees it. */
export interface FinishedFile {
  readonly file: string;
  readonly bytes: number;
  /** SHA-256, hexadecimal. */
  readonly sha256: string;
  /** Puts it in its place. */
  readonly publish: () => Promise<void>;
}

const COPIED_BYTES = 4 * 1024 * 1024;

/**
 * Writes float32 tensors to a safetensors file as their rows come, in any order and of any size: data goes to the disk at
 * once, into files of its own beside the one to be; the header follows when all is there. Throws `file-unwritable`.
 */
export class SafetensorsWriter {
  readonly #path: string;
  readonly #data: FileHandle;
  readonly #entries = new Map<string, Entry>();
  #end = 0;

  private constructor(path: string, data: FileHandle) {
    this.#path = path;
    this.#data = data;
  }

  static async create(path: string): Promise<SafetensorsWriter> {
    return attempt(path, async () => new SafetensorsWriter(path, await open(temporary(path, 'data'), 'w+')));
  }

  /** Writes rows of a tensor of `shape`, the first of which is row `firstRow`. */
  async write(name: string, shape: readonly number[], firstRow: number, rows: Float32Array): Promise<void> {
    await attempt(this.#path, async () => {
      const entry = this.#entries.get(name) ?? this.#declare(name, shape);
      const rowBytes = (entry.data_offsets[1] - entry.data_offsets[0]) / (shape[0] as number);
      const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
      await this.#data.write(bytes, 0, bytes.length, entry.data_offsets[0] + firstRow * rowBytes);
    });
  }

  /** Joins header and data, on the disk and with their digest. Nothing can be written any more. */
  async finish(): Promise<FinishedFile> {
    return attempt(this.#path, async () => {
      const whole = temporary(this.#path, 'whole');
      const hash = createHash('sha256');
      const file = await open(whole, 'w');
      try {
        await append(file, hash, this.#header());
        const buffer = new Uint8Array(COPIED_BYTES);
        for (let done = 0; done < this.#end; ) {
          const { bytesRead } = await this.#data.read(buffer, 0, Math.min(COPIED_BYTES, this.#end - done), done);
          if (bytesRead === 0) throw new Error('the data on the disk is shorter than what was written');
          await append(file, hash, buffer.subarray(0, bytesRead));
          done += bytesRead;
        }
        await file.sync();
      } finally {
        await file.close();
      }
      return {
        file: this.#path,
        bytes: this.#header().length + this.#end,
        sha256: hash.digest('hex'),
        publish: () => attempt(this.#path, () => rename(whole, this.#path)),
      };
    });
  }

  /** Removes what is not in its place. */
  async close(): Promise<void> {
    await this.#data.close();
    for (const part of ['data', 'whole'] as const) await rm(temporary(this.#path, part), { force: true });
  }

  #declare(name: string, shape: readonly number[]): Entry {
    const bytes = shape.reduce((product, extent) => product * extent, Float32Array.BYTES_PER_ELEMENT);
    const entry: Entry = { dtype: 'F32', shape, data_offsets: [this.#end, this.#end + bytes] };
    this.#entries.set(name, entry);
    this.#end += bytes;
    return entry;
  }

  /** Its length, unsigned, 64 bits, little-endian; then JSON, padded so that the data is aligned to eight bytes. */
  #header(): Uint8Array {
    const json = JSON.stringify(Object.fromEntries(this.#entries));
    const padded = Buffer.from(json.padEnd(Math.ceil(Buffer.byteLength(json) / 8) * 8));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(padded.length));
    return Buffer.concat([length, padded]);
  }
}

async function append(file: FileHandle, hash: Hash, bytes: Uint8Array): Promise<void> {
  hash.update(bytes);
  await file.writeFile(bytes);
}

function temporary(path: string, part: 'data' | 'whole'): string {
  return join(dirname(path), `.${basename(path)}.${part}.${process.pid}.tmp`);
}

async function attempt<Result>(file: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    throw TilewrightError.isInstance(error) ? error : unwritable(file, error);
  }
}
