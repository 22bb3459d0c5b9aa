import { join } from 'node:path';
import type { MatrixEngine, Tensor } from '@tilewright/spec';
import { afterAll, describe, expect, it } from 'vitest';
import { GOLDEN_NAMES, golden, TINY_LLAMA } from '../__fixtures__/repository.ts';
import { readRaw, writeRaw } from '../__fixtures__/safetensors.ts';
import { copyModel } from '../__fixtures__/temporary-model.ts';
import { openModel } from '../open-model.ts';
import { verifyAgainstGolden } from '../reference/verify.ts';
import { openOnnxruntimeEngine } from './index.ts';

const engine: MatrixEngine = await openOnnxruntimeEngine({ threads: 2 });
afterAll(() => engine.close());

const TOKENS = Array.from({ length: 41 }, (_, i) => (i * 37 + 5) % 300);

async function logitsOf(directory: string, withEngine: MatrixEngine | undefined = engine): Promise<Tensor> {
  const model = await openModel(directory, withEngine ? { engine: withEngine } : {});
  try {
    return await model.oracle.start().forward({ tokens: TOKENS, logits: 'all' });
  } finally {
    await model.close();
  }
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] as number))), 0);
}

describe('the oracle on onnxruntime', () => {
  it.each(GOLDEN_NAMES)('agrees with the golden %s', async (name) => {
    const result = await verifyAgainstGolden(golden(name), { engine });
    expect(result.failures).toEqual([]);
    expect(result.compared.greedyTokens).toBe(96);
    expect(result.maxAbsoluteError).toBeLessThan(5e-5);
  });

  it('agrees with the golden of tiny-llama', async () => {
    expect(await verifyAgainstGolden(TINY_LLAMA, { engine, weightCacheBytes: 2 ** 30 })).toMatchObject({
      passed: true,
    });
  });

  it('says what computes', async () => {
    const model = await openModel(golden('llama-gqa'), { engine });
    expect(model.oracle.engine).toBe(engine.id);
    await model.close();
  });

  it.each([
    ['readable', undefined],
    ['onnxruntime', engine],
  ])('%s: shards give what one file gives, to the bit', async (_name, withEngine) => {
    const sharded = golden('qwen3-sharded');
    const single = await copyModel(sharded);
    const tensors = new Map();
    for (const shard of [1, 2, 3, 4].map((number) => `model-0000${number}-of-00004.safetensors`)) {
      for (const [name, tensor] of await readRaw(join(sharded, shard))) tensors.set(name, tensor);
    }
    // Where both forms are there, the single file is taken.
    await writeRaw(join(single, 'model.safetensors'), tensors);
    expect((await logitsOf(single, withEngine)).data).toEqual((await logitsOf(sharded, withEngine)).data);
  });

  it.each(['llama3-rope', 'qwen2-bias', 'qwen3-qknorm'])('%s: taps change nothing beyond rounding', async (name) => {
    const model = await openModel(golden(name), { engine });
    const plain = await model.oracle.start().forward({ tokens: TOKENS, logits: 'all' });
    const values = new Map<string, Float32Array>();
    const tapped = await model.oracle.start().forward({
      tokens: TOKENS,
      logits: 'all',
      taps: 'all',
      onTap: ({ name: tap, value }) => void values.set(tap, value.data),
    });
    expect(largestDifference(plain.data, tapped.data)).toBeLessThanOrEqual(1e-5);

    const readable = await openModel(golden(name));
    let compared = 0;
    await readable.oracle.start().forward({
      tokens: TOKENS,
      taps: 'all',
      logits: 'all',
      onTap: ({ name: tap, value }) => {
        expect(largestDifference(values.get(tap) as Float32Array, value.data), tap).toBeLessThan(1e-4);
        compared++;
      },
    });
    expect(compared).toBe(values.size);
    await model.close();
    await readable.close();
  });

  it('repeats its own bits, and decodes what it prefills', async () => {
    const model = await openModel(golden('qwen3-qknorm'), { engine });
    const whole = await model.oracle.start().forward({ tokens: TOKENS, logits: 'all' });
    const again = await model.oracle.start().forward({ tokens: TOKENS, logits: 'all' });
    expect(again.data).toEqual(whole.data);
    const sequence = model.oracle.start();
    await sequence.forward({ tokens: TOKENS.slice(0, 30) });
    await sequence.forward({ tokens: TOKENS.slice(30, 40) });
    const last = await sequence.forward({ tokens: TOKENS.slice(40) });
    expect(largestDifference(last.data, whole.data.subarray(-last.data.length))).toBeLessThan(1e-5);
    await model.close();
  });

  it('lets two sequences compute at once', async () => {
    const model = await openModel(golden('llama-gqa'), { engine });
    const alone = await model.oracle.start().forward({ tokens: TOKENS });
    const other = TOKENS.map((token) => token + 1);
    const [first, , third] = await Promise.all(
      [TOKENS, other, TOKENS].map((tokens) => model.oracle.start().forward({ tokens })),
    );
    expect(first?.data).toEqual(alone.data);
    expect(third?.data).toEqual(alone.data);
    await model.close();
  });

  it('stops when it is told to', async () => {
    const model = await openModel(golden('llama-gqa'), { engine });
    const stop = new AbortController();
    const taps = new Set(['layers.0.attention']);
    const pass = model.oracle.start().forward({ tokens: TOKENS, taps, onTap: () => stop.abort(), signal: stop.signal });
    await expect(pass).rejects.toMatchObject({ code: 'aborted' });
    await model.close();
  });
});
