import { TilewrightError } from '@tilewright/spec';
import { parseJsonObject } from '../files/read-json.ts';

/** One tensor as a safetensors header describes it, with positions in the file. */
export interface StoredTensor {
  readonly name: string;
  /** As the file writes it: `BF16`, `F16`, `F32`, … */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Position of its first byte in the file. */
  readonly position: number;
  readonly bytes: number;
}

/** The header's length comes first, as an unsigned 64-bit little-endian number. */
export const HEADER_LENGTH_BYTES = 8;
/** The limit of the reference implementation. */
const MAXIMUM_HEADER_BYTES = 100_000_000;

const BITS_PER_ELEMENT: Readonly<Record<string, number>> = {
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E8M0: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  I64: 64,
  U64: 64,
  F64: 64,
  C64: 64,
};

/** The header's length in bytes, checked against the file's. Throws `file-truncated`, `file-malformed`. */
export function headerLength(firstBytes: Uint8Array, fileBytes: number, file: string): number {
  if (firstBytes.length < HEADER_LENGTH_BYTES) {
    throw truncated(file, `${file} has ${firstBytes.length} bytes, which is too short for a safetensors file.`);
  }
  const view = new DataView(firstBytes.buffer, firstBytes.byteOffset, HEADER_LENGTH_BYTES);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(MAXIMUM_HEADER_BYTES)) {
    throw malformed(file, `${file} says that its header takes ${length} bytes, more than any safetensors header may.`, {
      expected: `at most ${MAXIMUM_HEADER_BYTES}`,
      got: String(length),
    });
  }
  if (HEADER_LENGTH_BYTES + Number(length) > fileBytes) {
    throw truncated(file, `${file} says that its header takes ${length} bytes, and has only ${fileBytes} in all.`, {
      expected: Number(length) + HEADER_LENGTH_BYTES,
      got: fileBytes,
    });
  }
  return Number(length);
}

/**
 * Parses a header and holds it against the file: every tensor's size follows from its shape and
 * dtype, and the tensors fill the file without overlap, gap or remainder. Throws `file-truncated`,
 * `file-malformed` or `tensor-dtype-unsupported`, naming file and tensor.
 */
export function parseHeader(header: Uint8Array, fileBytes: number, file: string): Map<string, StoredTensor> {
  const dataStart = HEADER_LENGTH_BYTES + header.length;
  const entries = parseJsonObject(new TextDecoder().decode(header), file, 'The safetensors header');
  const tensors = Object.entries(entries)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => parseEntry(name, entry, dataStart, file))
    .sort((a, b) => a.position - b.position || a.bytes - b.bytes);
  requireExactCover(tensors, dataStart, fileBytes, file);
  return new Map(tensors.map((tensor) => [tensor.name, tensor]));
}

function parseEntry(name: string, entry: unknown, dataStart: number, file: string): StoredTensor {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  const wellFormed =
    typeof dtype === 'string' &&
    isCounts(shape) &&
    isCounts(offsets) &&
    offsets.length === 2 &&
    offsets[0] <= offsets[1];
  if (!wellFormed) {
    throw malformed(file, `The header entry of tensor ${name} in ${file} is not dtype, shape and offsets.`, {
      tensor: name,
    });
  }
  const bits = BITS_PER_ELEMENT[dtype];
  if (bits === undefined) {
    throw new TilewrightError(
      'tensor-dtype-unsupported',
      `Tensor ${name} in ${file} is of dtype ${dtype}, which is not known.`,
      'Use a checkpoint stored as bf16, f16 or f32.',
      { file, tensor: name, expected: 'BF16, F16 or F32', got: dtype },
    );
  }
  const bytes = offsets[1] - offsets[0];
  const expected = (shape.reduce((product, extent) => product * extent, 1) * bits) / 8;
  if (expected !== bytes) {
    throw malformed(
      file,
      `Tensor ${name} in ${file} takes ${bytes} bytes, but its shape [${shape}] of ${dtype} needs ${expected}.`,
      { tensor: name, expected, got: bytes },
    );
  }
  return { name, dtype, shape, position: dataStart + offsets[0], bytes };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

function requireExactCover(tensors: readonly StoredTensor[], dataStart: number, fileBytes: number, file: string): void {
  let end = dataStart;
  let previous = 'the header';
  for (const { name, position, bytes } of tensors) {
    if (position < end) {
      throw malformed(file, `Tensor ${name} overlaps ${previous} in ${file}.`, {
        tensor: name,
        expected: end,
        got: position,
      });
    }
    if (position > end) {
      const gap = position - end;
      throw malformed(file, `There are ${gap} bytes that belong to no tensor before ${name} in ${file}.`, {
        tensor: name,
      });
    }
    end = position + bytes;
    if (end > fileBytes) {
      throw truncated(file, `${file} ends within tensor ${name}: ${end} bytes are needed and there are ${fileBytes}.`, {
        tensor: name,
        expected: end,
        got: fileBytes,
      });
    }
    previous = `tensor ${name}`;
  }
  if (end !== fileBytes) {
    throw malformed(file, `${file} has ${fileBytes - end} bytes after its last tensor.`, {
      expected: end,
      got: fileBytes,
    });
  }
}

function malformed(file: string, message: string, details: Record<string, unknown> = {}): TilewrightError {
  return new TilewrightError('file-malformed', message, 'Download the file again.', { file, ...details });
}

function truncated(file: string, message: string, details: Record<string, unknown> = {}): TilewrightError {
  return new TilewrightError('file-truncated', message, 'Download the file again; it is cut short.', {
    file,
    ...details,
  });
}
