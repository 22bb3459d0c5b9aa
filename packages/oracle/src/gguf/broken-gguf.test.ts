import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type GgufContent, type GgufTensorContent, ggufBytes, tinyGguf } from '../__fixtures__/gguf.ts';
import { temporaryDirectory } from '../__fixtures__/temporary-model.ts';
import { openModel } from '../open-model.ts';

async function write(bytes: Uint8Array): Promise<string> {
  const file = join(await temporaryDirectory(), 'model.gguf');
  await writeFile(file, bytes);
  return file;
}

async function edited(edit: (content: GgufContent) => void): Promise<string> {
  const content = tinyGguf();
  edit(content);
  return write(ggufBytes(content));
}

function named(content: GgufContent, name: string): GgufTensorContent {
  const tensor = content.tensors.find((candidate) => candidate.name === name);
  if (tensor === undefined) throw new Error(`no tensor ${name}`);
  return tensor;
}

const drop = (content: GgufContent, name: string) =>
  void content.tensors.splice(content.tensors.indexOf(named(content, name)), 1);
const add = (content: GgufContent, name: string) =>
  void content.tensors.push({ ...named(content, 'output_norm.weight'), name });

describe('a GGUF file', () => {
  it('is opened where it is sound', async () => {
    const model = await openModel(await edited(() => {}));
    onTestFinished(() => model.close());
    expect(model.spec).toMatchObject({ layers: 1, headDim: 2, keyValueHeads: 2, tiedHead: true, rmsNormEpsilon: 1e-5 });
    expect((await model.oracle.start().forward({ tokens: [1, 2] })).shape).toEqual([1, 6]);
  });

  it('is refused wherever it is cut short, with its name and the place', async () => {
    const whole = ggufBytes(tinyGguf());
    for (const length of [4, 20, 100, 500, 900, whole.length - 40]) {
      const file = await write(whole.subarray(0, length));
      await expect(openModel(file)).rejects.toMatchObject({
        code: 'file-truncated',
        details: { file, field: expect.any(String) },
      });
    }
  });

  it('is refused where it is none', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('GG'), Buffer.from('PK\u0003\u0004 something else')]) {
      const file = await write(bytes);
      await expect(openModel(file)).rejects.toMatchObject({ code: 'file-malformed', details: { file } });
    }
    await expect(openModel('/nowhere/model.gguf')).rejects.toMatchObject({ code: 'file-missing' });
    const directory = await temporaryDirectory();
    await expect(openModel(join(directory, '.gguf'))).rejects.toMatchObject({ code: 'file-missing' });
  });

  it('is refused in another version, and in another order of bytes', async () => {
    const other = ggufBytes(tinyGguf());
    other.writeUInt32LE(77, 4);
    await expect(openModel(await write(other))).rejects.toMatchObject({ code: 'file-malformed' });
    const swapped = Buffer.alloc(64);
    swapped.write('GGUF');
    swapped.writeUInt32BE(3, 4);
    await expect(openModel(await write(swapped))).rejects.toMatchObject({ code: 'feature-unsupported' });
  });

  it('is refused where it claims more entries than there can be', async () => {
    const file = ggufBytes(tinyGguf());
    file.writeBigUInt64LE(2n ** 60n, 8);
    await expect(openModel(await write(file))).rejects.toMatchObject({ code: 'file-malformed' });
  });

  it.each<[string, (content: GgufContent) => void, object]>([
    [
      'an unknown architecture',
      ({ metadata }) => (metadata['general.architecture'] = 'rwkv'),
      { code: 'architecture-unsupported', details: { field: 'general.architecture', got: 'rwkv' } },
    ],
    [
      'no architecture',
      ({ metadata }) => delete metadata['general.architecture'],
      { code: 'config-invalid', details: { field: 'general.architecture' } },
    ],
    [
      'no block count',
      ({ metadata }) => delete metadata['llama.block_count'],
      { code: 'config-invalid', details: { field: 'llama.block_count' } },
    ],
    [
      'a block count of 2.5',
      ({ metadata }) => (metadata['llama.block_count'] = 2.5),
      { code: 'config-invalid', details: { field: 'llama.block_count' } },
    ],
    [
      'more layers than tensors',
      ({ metadata }) => (metadata['llama.block_count'] = 2),
      { code: 'tensor-missing', details: { tensor: 'blk.1.attn_norm.weight' } },
    ],
    [
      'three heads',
      ({ metadata }) => (metadata['llama.attention.head_count'] = 3),
      { code: 'config-invalid', details: { field: 'llama.embedding_length' } },
    ],
    [
      'another width',
      ({ metadata }) => (metadata['llama.embedding_length'] = 8),
      { code: 'tensor-misshapen', details: { tensor: 'token_embd.weight' } },
    ],
    [
      'another vocabulary',
      ({ metadata }) => (metadata['llama.vocab_size'] = 7),
      { code: 'config-invalid', details: { field: 'llama.vocab_size' } },
    ],
    [
      'a wider feed-forward',
      ({ metadata }) => (metadata['llama.feed_forward_length'] = 9),
      { code: 'tensor-misshapen', details: { tensor: 'blk.0.ffn_gate.weight' } },
    ],
    [
      'experts',
      ({ metadata }) => (metadata['llama.expert_count'] = 8),
      { code: 'feature-unsupported', details: { field: 'llama.expert_count' } },
    ],
    [
      'a sliding window',
      ({ metadata }) => (metadata['llama.attention.sliding_window'] = 8),
      { code: 'feature-unsupported', details: { field: 'llama.attention.sliding_window' } },
    ],
    [
      'yarn',
      ({ metadata }) => (metadata['llama.rope.scaling.type'] = 'yarn'),
      { code: 'feature-unsupported', details: { field: 'llama.rope.scaling.type' } },
    ],
    [
      'a part of the head rotated',
      ({ metadata }) => (metadata['llama.rope.dimension_count'] = 1),
      { code: 'feature-unsupported', details: { field: 'llama.rope.dimension_count' } },
    ],
    [
      'shards',
      ({ metadata }) => (metadata['split.count'] = 2),
      { code: 'feature-unsupported', details: { field: 'split.count' } },
    ],
    [
      'no embedding',
      (content) => drop(content, 'token_embd.weight'),
      { code: 'tensor-missing', details: { tensor: 'token_embd.weight' } },
    ],
    [
      'no norm',
      (content) => drop(content, 'blk.0.ffn_norm.weight'),
      { code: 'tensor-missing', details: { tensor: 'blk.0.ffn_norm.weight' } },
    ],
    [
      'a tensor of another architecture',
      (content) => add(content, 'blk.0.attn_q_norm.weight'),
      { code: 'feature-unsupported', details: { field: 'blk.0.attn_q_norm.weight' } },
    ],
    [
      'a bias of one projection',
      (content) => add(content, 'blk.0.attn_v.bias'),
      { code: 'feature-unsupported', details: { field: 'blk.0.attn_v.bias' } },
    ],
    [
      'two tensors of one name',
      (content) => add(content, 'output_norm.weight'),
      { code: 'file-malformed', details: { field: 'tensors' } },
    ],
    [
      'Q2_K',
      (content) => (named(content, 'blk.0.attn_v.weight').type = 10),
      { code: 'tensor-dtype-unsupported', details: { tensor: 'blk.0.attn_v.weight', got: 'Q2_K' } },
    ],
    [
      'a type that nobody knows',
      (content) => (named(content, 'blk.0.attn_v.weight').type = 99),
      { code: 'tensor-dtype-unsupported', details: { got: 'number 99' } },
    ],
    [
      'rows of half a block',
      (content) => (named(content, 'blk.0.attn_v.weight').type = 8),
      { code: 'file-malformed', details: { tensor: 'blk.0.attn_v.weight', got: 4 } },
    ],
    [
      'tensors that overlap',
      (content) => (named(content, 'blk.0.attn_v.weight').shape = [9, 4]),
      { code: 'file-malformed' },
    ],
  ])('is refused by name with %s', async (_, edit, expected) => {
    const file = await edited(edit);
    const error = await openModel(file).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject(expected);
    expect(error).toMatchObject({ details: { file }, remedy: expect.stringMatching(/./) });
  });

  it('is refused where a value that is read is not finite', async () => {
    const file = await edited((content) => named(content, 'blk.0.ffn_up.weight').bytes.fill(0xff, 24, 28));
    const model = await openModel(file);
    onTestFinished(() => model.close());
    await expect(model.weights.read('layers.0.up_proj.weight')).rejects.toMatchObject({
      code: 'tensor-non-finite',
      details: { file, tensor: 'blk.0.ffn_up.weight', index: [1, 2] },
    });
  });

  it('has another digest when one stored byte changes', async () => {
    const digests = new Set<string>();
    for (const value of [0, 1]) {
      const model = await openModel(
        await edited((content) => named(content, 'blk.0.ffn_up.weight').bytes.fill(value, 3, 4)),
      );
      digests.add(await model.digest());
      await model.close();
    }
    expect(digests.size).toBe(2);
  });
});
