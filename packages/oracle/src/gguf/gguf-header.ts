import type { FileHandle } from 'node:fs/promises';
import { TilewrightError } from '@tilewright/spec';
import { malformedGguf, truncatedGguf, unsupportedInGguf } from './gguf-error.ts';
import type { MetadataValues } from './metadata.ts';

/** The first bytes of every file. */
const MAGIC = 'GGUF';
/** With the version and two counts. */
const SMALLEST_HEADER_BYTES = 24;

/** One tensor as a header describes it. */
export interface DescribedTensor {
  readonly name: string;
  /** GGUF's number of its type. */
  readonly type: number;
  /** Outermost axis first; GGUF writes it last. */
  readonly shape: readonly number[];
  /** Position of its first byte in the file. */
  readonly position: number;
}

export interface GgufHeader {
  readonly metadata: MetadataValues;
  readonly tensors: readonly DescribedTensor[];
}

/**
 * Parses the header of an open file. The parser asks for ranges of an address, as of a file on a server; they are
 * answered from the open file, and nothing is fetched. Throws `file-truncated`, `file-malformed`, `feature-unsupported`.
 */
export async function readGgufHeader(handle: FileHandle, fileBytes: number, file: string): Promise<GgufHeader> {
  const first = Buffer.alloc(MAGIC.length);
  await handle.read(first, 0, first.length, 0);
  if (first.toString('latin1') !== MAGIC) {
    throw malformedGguf(file, 'it does not begin with GGUF', { expected: MAGIC, got: first.toString('hex') });
  }
  if (fileBytes < SMALLEST_HEADER_BYTES) throw truncatedGguf(file, 'its header', SMALLEST_HEADER_BYTES, fileBytes);
  // Not at the top: whoever reads safetensors need not load it.
  const { gguf } = await import('@huggingface/gguf');
  let parsed: Awaited<ReturnType<typeof gguf>>;
  try {
    parsed = await gguf('http://file.invalid/', { fetch: rangesOf(handle, fileBytes) });
  } catch (error) {
    if (TilewrightError.isInstance(error)) throw error;
    throw malformedGguf(file, `its header cannot be parsed (${(error as Error).message})`, {}, error);
  }
  const metadata: MetadataValues = { ...parsed.metadata };
  const [, headerEnd] = parsed.tensorInfoByteRange;
  if (headerEnd > fileBytes) throw truncatedGguf(file, 'its header', headerEnd, fileBytes);
  if (!parsed.littleEndian) {
    throw unsupportedInGguf(file, 'version', 'Big-endian GGUF', 'Convert the file to little-endian first.');
  }
  const dataStart = Number(parsed.tensorDataOffset);
  const tensors = parsed.tensorInfos.map(({ name, dtype, shape, offset }) => ({
    name,
    type: dtype,
    shape: shape.map(Number).reverse(),
    position: dataStart + Number(offset),
  }));
  return { metadata, tensors };
}

/** A `fetch` that knows one file only. What is asked for beyond its end is left out, as servers do. */
function rangesOf(handle: FileHandle, fileBytes: number): typeof fetch {
  return async (_address, request) => {
    const range = /^bytes=(\d+)-(\d+)$/.exec(new Headers(request?.headers).get('range') ?? '');
    const start = Math.min(Number(range?.[1] ?? 0), fileBytes);
    const end = Math.min(Number(range?.[2] ?? fileBytes) + 1, fileBytes);
    const bytes = new Uint8Array(end - start);
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return new Response(bytes.subarray(0, done), {
      headers: { 'content-range': `bytes ${start}-${end}/${fileBytes}` },
    });
  };
}
