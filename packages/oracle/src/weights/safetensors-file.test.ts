import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assemble } from '../__fixtures__/safetensors.ts';
import { temporaryDirectory } from '../__fixtures__/temporary-model.ts';
import { SafetensorsFile } from './safetensors-file.ts';

async function write(content: Uint8Array): Promise<string> {
  const file = join(await temporaryDirectory(), 'x.safetensors');
  await writeFile(file, content);
  return file;
}

const header = (entries: Record<string, unknown>) => JSON.stringify(entries);
const f32 = (shape: number[], begin: number, end: number) => ({ dtype: 'F32', shape, data_offsets: [begin, end] });

async function refusal(content: Uint8Array): Promise<unknown> {
  const file = await write(content);
  try {
    await (await SafetensorsFile.open(file)).close();
  } catch (error) {
    expect(error).toMatchObject({ details: { file } });
    return error;
  }
  throw new Error('accepted');
}

describe('SafetensorsFile', () => {
  it('reads parts of tensors in all formats, widened exactly', async () => {
    const data = Buffer.alloc(2 * 4 + 3 * 2 + 3 * 2);
    data.writeFloatLE(1.5, 0);
    data.writeFloatLE(-2, 4);
    data.set(new Uint8Array(Uint16Array.of(0x3f80, 0xc000, 0x0001).buffer), 8);
    data.set(new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x0001).buffer), 14);
    const text = header({
      __metadata__: { format: 'pt' },
      single: f32([2], 0, 8),
      brain: { dtype: 'BF16', shape: [3], data_offsets: [8, 14] },
      half: { dtype: 'F16', shape: [3, 1], data_offsets: [14, 20] },
      none: { dtype: 'F32', shape: [0, 4], data_offsets: [20, 20] },
    });
    const file = await SafetensorsFile.open(await write(assemble(text, data)));
    const read = async (name: string, first: number, count: number) => {
      const tensor = file.tensors.get(name);
      return tensor && [...(await file.read(tensor, first, count))];
    };
    expect(await read('single', 0, 2)).toEqual([1.5, -2]);
    expect(await read('brain', 0, 3)).toEqual([1, -2, 2 ** -133]);
    expect(await read('half', 1, 2)).toEqual([-2, 2 ** -24]);
    expect(await read('none', 0, 0)).toEqual([]);
    expect([...file.tensors.keys()]).toEqual(['single', 'brain', 'half', 'none']);
    await file.close();
  });

  it.each<[string, Uint8Array, string, string?]>([
    ['is empty', Buffer.alloc(0), 'file-truncated'],
    ['is shorter than a length', Buffer.alloc(5), 'file-truncated'],
    ['ends in its header', assemble(header({ a: f32([1], 0, 4) }), Buffer.alloc(0), 9000), 'file-truncated'],
    ['has an absurd header length', assemble('{}', Buffer.alloc(0), 2n ** 63n), 'file-malformed'],
    ['says too short a header', assemble(header({ a: f32([1], 0, 4) }), Buffer.alloc(4), 11), 'file-malformed'],
    ['has a header that is no JSON', assemble('not json', Buffer.alloc(0)), 'file-malformed'],
    ['has a header that is a list', assemble('[]', Buffer.alloc(0)), 'file-malformed'],
    ['ends in a tensor', assemble(header({ a: f32([2], 0, 8) }), Buffer.alloc(7)), 'file-truncated', 'a'],
    ['goes on after its tensors', assemble(header({ a: f32([2], 0, 8) }), Buffer.alloc(9)), 'file-malformed'],
    [
      'has overlapping tensors',
      assemble(header({ a: f32([2], 0, 8), b: f32([2], 4, 12) }), Buffer.alloc(12)),
      'file-malformed',
      'b',
    ],
    ['has a gap', assemble(header({ a: f32([1], 0, 4), b: f32([1], 8, 12) }), Buffer.alloc(12)), 'file-malformed', 'b'],
    [
      'has a tensor far outside',
      assemble(header({ a: f32([1], 2 ** 40, 2 ** 40 + 4) }), Buffer.alloc(4)),
      'file-malformed',
      'a',
    ],
    ['has offsets backwards', assemble(header({ a: f32([1], 4, 0) }), Buffer.alloc(4)), 'file-malformed', 'a'],
    ['has negative offsets', assemble(header({ a: f32([1], -4, 0) }), Buffer.alloc(4)), 'file-malformed', 'a'],
    ['has a shape of another size', assemble(header({ a: f32([3], 0, 8) }), Buffer.alloc(8)), 'file-malformed', 'a'],
    ['has a negative extent', assemble(header({ a: f32([-1], 0, 4) }), Buffer.alloc(4)), 'file-malformed', 'a'],
    ['has an entry that is null', assemble(header({ a: null }), Buffer.alloc(0)), 'file-malformed', 'a'],
    [
      'has an unknown dtype',
      assemble(header({ a: { dtype: 'Q4', shape: [1], data_offsets: [0, 4] } }), Buffer.alloc(4)),
      'tensor-dtype-unsupported',
      'a',
    ],
  ])('refuses a file that %s', async (_what, content, code, tensor) => {
    const error = await refusal(content);
    expect(error).toMatchObject({ code });
    if (tensor) expect(error).toMatchObject({ details: { tensor }, message: expect.stringContaining(tensor) });
  });

  it('notices that a file was cut short after it was opened', async () => {
    const content = assemble(header({ a: f32([2], 0, 8) }), Buffer.alloc(8));
    const path = await write(content);
    const file = await SafetensorsFile.open(path);
    await truncate(path, content.length - 3);
    const tensor = file.tensors.get('a');
    if (!tensor) throw new Error('no tensor');
    await expect(file.read(tensor, 0, 2)).rejects.toMatchObject({ code: 'file-truncated', details: { file: path } });
    await file.close();
  });

  it('reads tensors larger than one read and can be cancelled between reads', async () => {
    const elements = 3_000_001;
    const values = Float32Array.from({ length: elements }, (_, i) => i);
    const path = await write(assemble(header({ a: f32([elements], 0, 4 * elements) }), Buffer.from(values.buffer)));
    const file = await SafetensorsFile.open(path);
    const tensor = file.tensors.get('a');
    if (!tensor) throw new Error('no tensor');
    const read = await file.read(tensor, 5, elements - 5);
    expect(Buffer.from(read.buffer).equals(Buffer.from(values.buffer, 20))).toBe(true);
    await expect(file.read(tensor, 0, 1, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' });
    await file.close();
  });
});
