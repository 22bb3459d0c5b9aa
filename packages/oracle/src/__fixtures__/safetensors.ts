import { readFile, writeFile } from 'node:fs/promises';

export interface RawTensor {
  dtype: string;
  shape: number[];
  bytes: Uint8Array;
}

/** The tensors of a file, by a reader of its own: tests must not trust the one they test. */
export async function readRaw(file: string): Promise<Map<string, RawTensor>> {
  const content = await readFile(file);
  const length = Number(content.readBigUInt64LE(0));
  const header = JSON.parse(content.subarray(8, 8 + length).toString('utf8'));
  const tensors = new Map<string, RawTensor>();
  for (const [name, entry] of Object.entries<any>(header)) {
    if (name === '__metadata__') continue;
    const [begin, end] = entry.data_offsets;
    const bytes = new Uint8Array(content.subarray(8 + length + begin, 8 + length + end));
    tensors.set(name, { dtype: entry.dtype, shape: entry.shape, bytes });
  }
  return tensors;
}

export async function writeRaw(file: string, tensors: Map<string, RawTensor>): Promise<void> {
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of tensors) {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
  }
  await writeFile(file, assemble(JSON.stringify(header), Buffer.concat([...tensors.values()].map(({ bytes }) => bytes))));
}

/** A file of a header and data as they are given, true or not; `length` is what it says of its header. */
export function assemble(header: string, data: Uint8Array, length: number | bigint = Buffer.byteLength(header)): Buffer {
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(length));
  return Buffer.concat([prefix, Buffer.from(header), data]);
}

/** Changes a file's tensors in place. */
export async function editTensors(file: string, edit: (tensors: Map<string, RawTensor>) => void): Promise<void> {
  const tensors = await readRaw(file);
  edit(tensors);
  await writeRaw(file, tensors);
}

/** The values of an F32 tensor, to be changed in place. */
export function floats(tensor: RawTensor | undefined): Float32Array {
  if (tensor?.dtype !== 'F32') throw new Error('not an F32 tensor');
  return new Float32Array(tensor.bytes.buffer, tensor.bytes.byteOffset, tensor.bytes.length / 4);
}
