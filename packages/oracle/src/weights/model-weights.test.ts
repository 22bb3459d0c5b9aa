import { rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { weightShapes } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { golden } from '../__fixtures__/repository.ts';
import { editTensors, floats, readRaw, writeRaw } from '../__fixtures__/safetensors.ts';
import { copyModel, editJson } from '../__fixtures__/temporary-model.ts';
import { readModelSpec } from '../config/read-model-spec.ts';
import { dominantFormat, openModelWeights } from './model-weights.ts';

async function open(directory: string) {
  return openModelWeights(directory, await readModelSpec(directory));
}

describe('openModelWeights', () => {
  it('lists exactly the weights of the model under our names, with the stored format', async () => {
    const weights = await open(golden('llama-bias'));
    const model = await readModelSpec(golden('llama-bias'));
    expect(new Map(weights.list().map(({ name, shape }) => [name, shape]))).toEqual(weightShapes(model));
    expect(weights.list().map(({ format }) => format)).toContain('f16');
    expect(dominantFormat(weights)).toBe('f16');
    await weights.close();
  });

  it.each([
    ['layers.1.q_proj.weight', 'model.layers.1.self_attn.q_proj.weight'],
    ['layers.0.input_norm.weight', 'model.layers.0.input_layernorm.weight'],
    ['layers.0.post_attention_norm.weight', 'model.layers.0.post_attention_layernorm.weight'],
    ['layers.1.down_proj.weight', 'model.layers.1.mlp.down_proj.weight'],
    ['embedding.weight', 'model.embed_tokens.weight'],
    ['final_norm.weight', 'model.norm.weight'],
    ['lm_head.weight', 'lm_head.weight'],
  ])('reads %s from %s', async (ours, theirs) => {
    const stored = (await readRaw(join(golden('llama-unaligned'), 'model.safetensors'))).get(theirs);
    const weights = await open(golden('llama-unaligned'));
    const { data, shape } = await weights.read(ours);
    expect(shape).toEqual(stored?.shape);
    expect(data).toEqual(floats(stored));
    const rows = await weights.readRows(ours, 3, 2);
    const width = data.length / shape[0];
    expect(rows.data).toEqual(data.subarray(3 * width, 5 * width));
    await weights.close();
  });

  it('refuses names it does not have, and rows outside', async () => {
    const weights = await open(golden('mistral'));
    await expect(weights.read('layers.9.q_proj.weight')).rejects.toMatchObject({ code: 'tensor-missing' });
    await expect(weights.readRows('final_norm.weight', 60, 5)).rejects.toMatchObject({ code: 'internal' });
    await weights.close();
  });

  it('ignores a head that a tied model stores all the same', async () => {
    const directory = await copyModel(golden('llama-mha-tied'));
    const before = await open(directory);
    const digest = await before.digest();
    await editTensors(join(directory, 'model.safetensors'), (tensors) => {
      tensors.set('lm_head.weight', { dtype: 'I64', shape: [1], bytes: new Uint8Array(8) });
    });
    const after = await open(directory);
    expect(after.list()).toEqual(before.list());
    expect(await after.digest()).toBe(digest);
    await Promise.all([before.close(), after.close()]);
  });
});

describe('digest', () => {
  it('is the same for one file and for shards', async () => {
    const directory = await copyModel(golden('qwen3-sharded'));
    const sharded = await open(directory);
    const all = new Map<string, Awaited<ReturnType<typeof readRaw>> extends Map<string, infer T> ? T : never>();
    for (const shard of [4, 2, 1, 3]) {
      const tensors = await readRaw(join(directory, `model-0000${shard}-of-00004.safetensors`));
      for (const [name, tensor] of tensors) all.set(name, tensor);
    }
    await writeRaw(join(directory, 'model.safetensors'), all);
    await rm(join(directory, 'model.safetensors.index.json'));
    const single = await open(directory);
    expect(await single.digest()).toBe(await sharded.digest());
    for (const { name } of single.list()) expect(await single.read(name)).toEqual(await sharded.read(name));
    await Promise.all([single.close(), sharded.close()]);
  });

  it('changes with a single bit of a weight', async () => {
    const directory = await copyModel(golden('mistral'));
    const before = await open(directory);
    const digest = await before.digest();
    await before.close();
    await editTensors(join(directory, 'model.safetensors'), (tensors) => {
      const tensor = tensors.get('model.layers.1.mlp.up_proj.weight');
      if (tensor) tensor.bytes[77] ^= 1;
    });
    const after = await open(directory);
    expect(await after.digest()).not.toBe(digest);
    await after.close();
  });
});

describe('weights that cannot be used', () => {
  const name = 'model.layers.1.self_attn.k_proj.weight';

  async function spoiled(edit: Parameters<typeof editTensors>[1]): Promise<string> {
    const directory = await copyModel(golden('llama-unaligned'));
    await editTensors(join(directory, 'model.safetensors'), edit);
    return directory;
  }

  it('a missing tensor', async () => {
    const directory = await spoiled((tensors) => tensors.delete(name));
    await expect(open(directory)).rejects.toMatchObject({ code: 'tensor-missing', details: { tensor: name } });
  });

  it('a misshapen tensor, even of the right size', async () => {
    const directory = await spoiled((tensors) => tensors.get(name)?.shape.reverse());
    await expect(open(directory)).rejects.toMatchObject({
      code: 'tensor-misshapen',
      details: { tensor: name, expected: [18, 90], got: [90, 18] },
    });
  });

  it('a format that is not widened', async () => {
    const directory = await spoiled((tensors) => {
      const tensor = tensors.get(name);
      if (tensor) tensor.dtype = 'I32';
    });
    await expect(open(directory)).rejects.toMatchObject({
      code: 'tensor-dtype-unsupported',
      details: { tensor: name },
    });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('a value of %s, with its place', async (value) => {
    const directory = await spoiled((tensors) => {
      floats(tensors.get(name))[2 * 90 + 7] = value;
    });
    const weights = await open(directory);
    await expect(weights.read('layers.1.k_proj.weight')).rejects.toMatchObject({
      code: 'tensor-non-finite',
      details: { tensor: name, index: [2, 7] },
    });
    await expect(weights.readRows('layers.1.k_proj.weight', 2, 1)).rejects.toMatchObject({
      details: { index: [2, 7] },
    });
    await weights.close();
  });

  it('a truncated file', async () => {
    const directory = await copyModel(golden('mistral'));
    await truncate(join(directory, 'model.safetensors'), 100_000);
    await expect(open(directory)).rejects.toMatchObject({ code: 'file-truncated' });
  });

  it('no weights at all, and weights in another container', async () => {
    const directory = await copyModel(golden('mistral'));
    await rename(join(directory, 'model.safetensors'), join(directory, 'pytorch_model.bin'));
    await expect(open(directory)).rejects.toMatchObject({
      code: 'file-missing',
      remedy: expect.stringContaining('Convert'),
    });
  });

  const index = 'model.safetensors.index.json';
  const shard = 'model-00002-of-00004.safetensors';

  it('a missing shard', async () => {
    const directory = await copyModel(golden('qwen3-sharded'));
    await rm(join(directory, shard));
    await expect(open(directory)).rejects.toMatchObject({
      code: 'file-missing',
      details: { file: join(directory, shard) },
    });
  });

  it('an index that points to the wrong shard', async () => {
    const directory = await copyModel(golden('qwen3-sharded'));
    await editJson(join(directory, index), (value) => {
      value.weight_map['model.norm.weight'] = 'model-00001-of-00004.safetensors';
    });
    await expect(open(directory)).rejects.toMatchObject({
      code: 'tensor-missing',
      details: { tensor: 'model.norm.weight' },
    });
  });

  it.each(['../secret.safetensors', '/etc/passwd', '..', '', 5, 'a\\b'])(
    'an index that points to %j',
    async (target) => {
      const directory = await copyModel(golden('qwen3-sharded'));
      await editJson(join(directory, index), (value) => {
        value.weight_map['model.norm.weight'] = target;
      });
      await expect(open(directory)).rejects.toMatchObject({ code: 'file-malformed', details: { field: 'weight_map' } });
    },
  );

  it('an index without a map', async () => {
    const directory = await copyModel(golden('qwen3-sharded'));
    await writeFile(join(directory, index), '{"metadata": {}}');
    await expect(open(directory)).rejects.toMatchObject({ code: 'file-malformed' });
  });
});
