import { type FileHandle, open } from 'node:fs/promises';
import { throwIfAborted } from '@tilewright/spec';
import { fileError } from '../files/file-error.ts';
import { readAt } from '../files/read-at.ts';
import type { BlockEncoding } from './dequantise/block-encoding.ts';
import { malformedGguf, truncatedGguf } from './gguf-error.ts';
import { type DescribedTensor, readGgufHeader } from './gguf-header.ts';
import { interleavedRow } from './interleaved-rows.ts';
import { Metadata } from './metadata.ts';
import { isReadType, tensorEncoding } from './tensor-types.ts';

/** What one read asks for: long enough to be fast, short enough to be cancelled. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/** How a tensor is read: its encoding, and the sizes that follow from it. */
export interface TensorLayout {
  readonly tensor: DescribedTensor;
  readonly encoding: BlockEncoding;
  /** Elements along the innermost axis, and how many such rows there are. */
  readonly width: number;
  readonly rows: number;
  readonly rowBytes: number;
}

/** An open GGUF file: its header, held against the file's length, and positional reads of its tensors. */
export class GgufFile {
  readonly file: string;
  readonly metadata: Metadata;
  readonly tensors: ReadonlyMap<string, DescribedTensor>;
  readonly #handle: FileHandle;

  private constructor(
    file: string,
    metadata: Metadata,
    tensors: ReadonlyMap<string, DescribedTensor>,
    handle: FileHandle,
  ) {
    this.file = file;
    this.metadata = metadata;
    this.tensors = tensors;
    this.#handle = handle;
  }

  /** Throws `file-missing`, `file-truncated`, `file-malformed`, `feature-unsupported`. */
  static async open(file: string): Promise<GgufFile> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(file, 'r');
      const { size } = await handle.stat();
      const header = await readGgufHeader(handle, size, file);
      const tensors = new Map(header.tensors.map((tensor) => [tensor.name, tensor]));
      if (tensors.size < header.tensors.length) {
        throw malformedGguf(file, 'two tensors have the same name', { field: 'tensors' });
      }
      requireWithin(header.tensors, size, file);
      return new GgufFile(file, new Metadata(header.metadata, file), tensors, handle);
    } catch (error) {
      await handle?.close();
      throw fileError(error, file);
    }
  }

  /** How a tensor is stored. Throws `tensor-dtype-unsupported`, `file-malformed`. */
  layout(tensor: DescribedTensor): TensorLayout {
    return layoutOf(tensor, this.file);
  }

  /**
   * `count` rows from `first` on, flat, dequantised to FP32; not checked to be finite. With `interleavedHeadDim`,
   * rows are counted as Hugging Face has them, and gathered from the heads that hold them. They are put into `out`, which
   * has their length. Throws `file-truncated`.
   */
  async read(
    layout: TensorLayout,
    first: number,
    count: number,
    interleavedHeadDim: number | null,
    signal?: AbortSignal,
    out: Float32Array = new Float32Array(count * layout.width),
  ): Promise<Float32Array> {
    const { width, rowBytes, encoding } = layout;
    const grain = interleavedHeadDim ?? 1;
    const start = Math.floor(first / grain) * grain;
    const end = Math.ceil((first + count) / grain) * grain;
    const step = Math.max(1, Math.floor(CHUNK_BYTES / rowBytes));
    const buffer = new Uint8Array(Math.min(step, end - start) * rowBytes);
    for (let at = start; at < end; at += step) {
      throwIfAborted(signal);
      const rows = Math.min(step, end - at);
      const position = layout.tensor.position + at * rowBytes;
      const bytes = await readAt(this.#handle, position, rows * rowBytes, this.file, buffer);
      if (interleavedHeadDim === null) {
        encoding.dequantise(bytes, out.subarray((at - first) * width, (at - first + rows) * width));
        continue;
      }
      for (let row = 0; row < rows; row++) {
        const place = interleavedRow(at + row, interleavedHeadDim) - first;
        if (place < 0 || place >= count) continue;
        const stored = bytes.subarray(row * rowBytes, (row + 1) * rowBytes);
        encoding.dequantise(stored, out.subarray(place * width, (place + 1) * width));
      }
    }
    return out;
  }

  /** A tensor's bytes as they are stored, in pieces that are valid until the next is asked for. */
  async *bytes({ tensor, rows, rowBytes }: TensorLayout, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const total = rows * rowBytes;
    const buffer = new Uint8Array(Math.min(CHUNK_BYTES, total));
    for (let done = 0; done < total; done += CHUNK_BYTES) {
      throwIfAborted(signal);
      const length = Math.min(CHUNK_BYTES, total - done);
      yield await readAt(this.#handle, tensor.position + done, length, this.file, buffer);
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

function layoutOf(tensor: DescribedTensor, file: string): TensorLayout {
  const encoding = tensorEncoding(tensor.type, tensor.name, file);
  const width = tensor.shape.at(-1) ?? 1;
  const rows = tensor.shape.slice(0, -1).reduce((product, extent) => product * extent, 1);
  if (width % encoding.blockElements !== 0) {
    const what = `the rows of tensor ${tensor.name} have ${width} elements, which is no whole number of blocks`;
    const details = { tensor: tensor.name, expected: `a multiple of ${encoding.blockElements}`, got: width };
    throw malformedGguf(file, what, details);
  }
  return { tensor, encoding, width, rows, rowBytes: (width / encoding.blockElements) * encoding.blockBytes };
}

/** Tensors lie within the file and none on another. Those of types that we do not read must at least begin in it. */
function requireWithin(tensors: readonly DescribedTensor[], fileBytes: number, file: string): void {
  const placed = tensors
    .map((tensor) => {
      const layout = isReadType(tensor.type) ? layoutOf(tensor, file) : null;
      return { ...tensor, bytes: layout === null ? 1 : layout.rows * layout.rowBytes };
    })
    .sort((a, b) => a.position - b.position || a.bytes - b.bytes);
  let end = 0;
  let previous = '';
  for (const { name, position, bytes } of placed) {
    if (position < end) {
      throw malformedGguf(file, `tensor ${name} overlaps tensor ${previous}`, {
        tensor: name,
        expected: end,
        got: position,
      });
    }
    end = position + bytes;
    previous = name;
    if (end > fileBytes) throw truncatedGguf(file, `tensor ${name}`, end, fileBytes);
  }
}
