import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { golden, TINY_LLAMA } from './__fixtures__/repository.ts';
import { copyModel } from './__fixtures__/temporary-model.ts';
import { greedy } from './forward/greedy.ts';
import { openModel } from './open-model.ts';

describe('openModel', () => {
  it('opens a directory once for everything', async () => {
    const model = await openModel(TINY_LLAMA);
    expect(model.spec).toMatchObject({ family: 'llama', layers: 4, weightFormat: 'bf16' });
    expect(model.oracle.model).toBe(model.spec);
    expect(await model.digest()).toMatch(/^[0-9a-f]{64}$/);
    expect(await model.digest()).toBe(await model.weights.digest());
    const tokenizer = await model.tokenizer();
    const continuation = await greedy(model.oracle, tokenizer.encode('KING'), 8);
    expect(tokenizer.decode(continuation)).toBe(' HENRY VI:\nSay, lords,');
    await model.close();
  });

  it('knows the format of the weights, whatever the configuration says', async () => {
    const formats = { 'llama-bias': 'f16', 'llama-unaligned': 'f32', 'qwen3-sharded': 'bf16' };
    for (const [name, format] of Object.entries(formats)) {
      const model = await openModel(golden(name));
      expect(model.spec.weightFormat).toBe(format);
      await model.close();
    }
  });

  it('makes weights up for a configuration alone', async () => {
    const model = await openModel(`synthetic:${join(TINY_LLAMA, 'config.json')}`);
    expect(model.spec).toMatchObject({ layers: 4, hiddenSize: 256, weightFormat: 'bf16' });
    expect((await model.oracle.start().forward({ tokens: [1, 2] })).shape).toEqual([1, 2048]);
    await expect(model.tokenizer()).rejects.toMatchObject({ code: 'tokenizer-unusable' });
    await model.close();
    await expect(openModel('synthetic:/nowhere/config.json')).rejects.toMatchObject({ code: 'file-missing' });
  });

  it('does without a tokenizer until it is asked for', async () => {
    const model = await openModel(golden('mistral'));
    await expect(model.tokenizer()).rejects.toMatchObject({ code: 'tokenizer-unusable' });
    await model.close();
  });

  it('refuses what is no model directory', async () => {
    await expect(openModel(join(TINY_LLAMA, 'nowhere'))).rejects.toMatchObject({ code: 'file-missing' });
    await expect(openModel(join(TINY_LLAMA, 'config.json'))).rejects.toMatchObject({ code: 'file-malformed' });
    const directory = await copyModel(golden('mistral'));
    await rm(join(directory, 'model.safetensors'));
    await expect(openModel(directory)).rejects.toMatchObject({ code: 'file-missing' });
    await writeFile(join(directory, 'config.json'), '{"model_type": "gpt2"}');
    await expect(openModel(directory)).rejects.toMatchObject({
      code: 'architecture-unsupported',
      details: { got: 'gpt2' },
    });
  });
});
