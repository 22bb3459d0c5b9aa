import { describe, expect, it, onTestFinished } from 'vitest';
import { GGUF_MODELS, ggufGolden, golden, TINY_LLAMA } from '../__fixtures__/repository.ts';
import { floats, readRaw } from '../__fixtures__/safetensors.ts';
import { openModel } from '../open-model.ts';
import { GOLDEN_TOLERANCE } from '../reference/verify.ts';

async function open(path: string) {
  const model = await openModel(path);
  onTestFinished(() => model.close());
  return model;
}

const bytesOf = (values: Float32Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

describe('a model in a GGUF file', () => {
  it('is tried with all five goldens', () => {
    expect(GGUF_MODELS).toHaveLength(5);
  });

  it.each(GGUF_MODELS)('%s has the logits of the golden at every position', async (name) => {
    const tensors = await readRaw(`${ggufGolden(name)}.golden.safetensors`);
    const raw = tensors.get('tokens');
    const tokens = [...new Int32Array((raw?.bytes ?? new Uint8Array()).slice().buffer)];
    expect(tokens).toHaveLength(97);
    const expected = floats(tensors.get('logits'));
    const { oracle } = await open(ggufGolden(name));
    const { data } = await oracle.start().forward({ tokens, logits: 'all' });
    expect(data.length).toBe(expected.length);
    const { absolute, relative } = GOLDEN_TOLERANCE;
    const outside = data.findIndex(
      (value, i) => !(Math.abs(value - expected[i]) <= absolute + relative * Math.abs(expected[i])),
    );
    expect(outside).toBe(-1);
  });

  it.each([
    ['tiny-llama.q8_0', TINY_LLAMA],
    ['llama3-rope.f16', golden('llama3-rope')],
    ['qwen2-bias.bf16', golden('qwen2-bias')],
    ['qwen3-qknorm.f16', golden('qwen3-qknorm')],
  ])('%s has the configuration of its safetensors form', async (name, directory) => {
    const ends = name.startsWith('tiny') ? {} : { beginOfTextToken: null, endOfTextTokens: [] };
    const { spec } = await open(directory);
    const format = { q8_0: 'f32', f16: 'f16', bf16: 'bf16' }[name.split('.')[1] as string];
    expect((await open(ggufGolden(name))).spec).toEqual({ ...spec, ...ends, weightFormat: format });
  });

  it.each(GGUF_MODELS)('%s: rows read in parts are those of the whole', async (name) => {
    const { weights } = await open(ggufGolden(name));
    for (const { name: weight, shape } of weights.list()) {
      const whole = await weights.read(weight);
      expect(whole.shape).toEqual(shape);
      const width = whole.data.length / shape[0];
      for (const [first, rows] of [
        [0, 1],
        [1, shape[0] - 2],
        [shape[0] - 1, 1],
        [3, 0],
      ] as const) {
        const part = await weights.readRows(weight, first, rows);
        expect(part.shape).toEqual([rows, ...shape.slice(1)]);
        expect(
          Buffer.compare(bytesOf(part.data), bytesOf(whole.data.slice(first * width, (first + rows) * width))),
        ).toBe(0);
      }
    }
  });

  it('has Q and K in the order of Hugging Face', async () => {
    const gguf = await open(ggufGolden('tiny-llama.q8_0'));
    const safetensors = await open(TINY_LLAMA);
    for (const { name } of safetensors.weights.list()) {
      const ours = (await gguf.weights.read(name)).data;
      const original = (await safetensors.weights.read(name)).data;
      const largest = original.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const furthest = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - original[i])), 0);
      // Half a step of the largest block, whose scale is rounded too.
      expect(furthest / largest).toBeLessThan(1 / 240);
    }
  });

  it('has a digest that covers every stored weight', async () => {
    const digests = await Promise.all(GGUF_MODELS.map(async (name) => (await open(ggufGolden(name))).digest()));
    expect(new Set(digests).size).toBe(GGUF_MODELS.length);
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('says that it has no tokenizer where the metadata have none', async () => {
    const { tokenizer } = await open(ggufGolden('qwen2-bias.bf16'));
    await expect(tokenizer()).rejects.toMatchObject({
      code: 'tokenizer-unusable',
      details: { field: 'tokenizer.ggml.model' },
    });
  });
});
