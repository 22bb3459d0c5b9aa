import { type FileHandle, open } from 'node:fs/promises';
import { BYTES_PER_ELEMENT, TilewrightError, throwIfAborted } from '@tilewright/spec';
import { fileError } from '../files/file-error.ts';
import { readAt } from '../files/read-at.ts';
import { HEADER_LENGTH_BYTES, headerLength, parseHeader, type StoredTensor } from './safetensors-header.ts';
import { STORED_FORMATS, type StoredFormat, widen } from './widen.ts';

/** What one read asks for: long enough to be fast, short enough to be cancelled. A multiple of every element size. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/**
 * An open safetensors file: its header, parsed and held against the file's length, and positional
 * reads of its tensors. Nothing is read before it is asked for.
 */
export class SafetensorsFile {
  readonly file: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly #handle: FileHandle;

  private constructor(file: string, tensors: ReadonlyMap<string, StoredTensor>, handle: FileHandle) {
    this.file = file;
    this.tensors = tensors;
    this.#handle = handle;
  }

  /** Throws `file-missing`, `file-truncated`, `file-malformed`, `tensor-dtype-unsupported`. */
  static async open(file: string): Promise<SafetensorsFile> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(file, 'r');
      const { size } = await handle.stat();
      const start = await readAt(handle, 0, Math.min(size, HEADER_LENGTH_BYTES), file);
      const header = await readAt(handle, HEADER_LENGTH_BYTES, headerLength(start, size, file), file);
      return new SafetensorsFile(file, parseHeader(header, size, file), handle);
    } catch (error) {
      await handle?.close();
      throw fileError(error, file);
    }
  }

  /** How a tensor is stored. Throws `tensor-dtype-unsupported` if it is not a format that we widen. */
  format(tensor: StoredTensor): StoredFormat {
    const format = STORED_FORMATS[tensor.dtype as keyof typeof STORED_FORMATS];
    if (format !== undefined) return format;
    throw new TilewrightError(
      'tensor-dtype-unsupported',
      `Tensor ${tensor.name} in ${this.file} is stored as ${tensor.dtype}.`,
      'Use a checkpoint stored as bf16, f16 or f32.',
      { file: this.file, tensor: tensor.name, expected: 'BF16, F16 or F32', got: tensor.dtype },
    );
  }

  /**
   * `count` elements from `first` on, flat, widened to FP32, in `out` where that is given; not checked to be finite.
   * Throws `file-truncated`.
   */
  async read(
    tensor: StoredTensor,
    first: number,
    count: number,
    signal?: AbortSignal,
    out?: Float32Array,
  ): Promise<Float32Array> {
    const format = this.format(tensor);
    const elementBytes = BYTES_PER_ELEMENT[format];
    const values = out ?? new Float32Array(count);
    let done = 0;
    const range = { position: tensor.position + first * elementBytes, bytes: count * elementBytes };
    for await (const chunk of this.#chunks(range, signal)) {
      const elements = chunk.length / elementBytes;
      widen(format, chunk, values.subarray(done, done + elements));
      done += elements;
    }
    return values;
  }

  /** A tensor's bytes as they are stored, in pieces that are valid until the next is asked for. */
  bytes(tensor: StoredTensor, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    return this.#chunks(tensor, signal);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async *#chunks(range: { position: number; bytes: number }, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const buffer = new Uint8Array(Math.min(CHUNK_BYTES, range.bytes));
    for (let done = 0; done < range.bytes; done += CHUNK_BYTES) {
      throwIfAborted(signal);
      const length = Math.min(CHUNK_BYTES, range.bytes - done);
      yield await readAt(this.#handle, range.position + done, length, this.file, buffer);
    }
  }
}
