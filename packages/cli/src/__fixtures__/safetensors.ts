import { readFile, writeFile } from 'node:fs/promises';

export interface RawTensor {
  dtype: string;
  shape: number[];
  bytes: Buffer;
}

/** Rewrites the tensors of a safetensors file, by a reader and writer that share nothing with the product's. */
export async function editTensors(file: string, edit: (tensors: Map<string, RawTensor>) => void): Promise<void> {
  const content = await readFile(file);
  const start = 8 + Number(content.readBigUInt64LE(0));
  const header = JSON.parse(content.toString('utf8', 8, start));
  const tensors = new Map<string, RawTensor>();
  for (const [name, entry] of Object.entries<any>(header)) {
    if (name === '__metadata__') continue;
    const [begin, end] = entry.data_offsets;
    tensors.set(name, { dtype: entry.dtype, shape: entry.shape, bytes: content.subarray(start + begin, start + end) });
  }
  edit(tensors);
  const written: Record<string, unknown> = {};
  let offset = 0;
  for (const [name, { dtype, shape, bytes }] of tensors) {
    written[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
  }
  await writeFile(file, withHeader(JSON.stringify(written), Buffer.concat([...tensors.values()].map(({ bytes }) => bytes))));
}

/** A file whose first eight bytes say `length`, whatever the header's length is. */
export function withHeader(header: string, data: Buffer, length: number = Buffer.byteLength(header)): Buffer {
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(length));
  return Buffer.concat([prefix, Buffer.from(header), data]);
}
