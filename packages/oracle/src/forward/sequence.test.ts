import { join } from 'node:path';
import type { Tap, Tensor } from '@tilewright/spec';
import { describe, expect, it, onTestFinished } from 'vitest';
import { GOLDEN_NAMES, golden, TINY_LLAMA } from '../__fixtures__/repository.ts';
import { editTensors } from '../__fixtures__/safetensors.ts';
import { copyModel } from '../__fixtures__/temporary-model.ts';
import { openModel } from '../open-model.ts';
import type { OracleOptions } from './create-oracle.ts';
import { greedy } from './greedy.ts';
import { tapNames } from './tap-names.ts';

const TOKENS = [5, 17, 99, 3, 3, 250, 42, 7, 0, 311];

async function open(directory: string, options?: OracleOptions) {
  const model = await openModel(directory, options);
  onTestFinished(() => model.close());
  return model;
}

describe('a sequence', () => {
  it.each(GOLDEN_NAMES)('%s: decoding through the cache equals one prefill to the bit', async (name) => {
    const { oracle, spec } = await open(golden(name));
    const whole = oracle.start();
    const all = await whole.forward({ tokens: TOKENS, logits: 'all' });
    expect(all.shape).toEqual([TOKENS.length, spec.vocabularySize]);

    const stepwise = oracle.start();
    await stepwise.forward({ tokens: TOKENS.slice(0, 4) });
    for (let position = 4; position < TOKENS.length; position++) {
      const logits = await stepwise.forward({ tokens: [TOKENS[position]] });
      expect(logits.shape).toEqual([1, spec.vocabularySize]);
      expect(logits.data).toEqual(all.data.slice(position * spec.vocabularySize, (position + 1) * spec.vocabularySize));
    }
    expect(stepwise.length).toBe(TOKENS.length);
    for (let layer = 0; layer < spec.layers; layer++) {
      expect(stepwise.keyValues(layer)).toEqual(whole.keyValues(layer));
      expect(whole.keyValues(layer).keys.shape).toEqual([TOKENS.length, spec.keyValueHeads, spec.headDim]);
    }
  });

  it('computes a prompt that needs several blocks as it computes it token by token', async () => {
    const { oracle, spec } = await open(TINY_LLAMA);
    const tokens = Array.from({ length: 400 }, (_, i) => (7 * i) % spec.vocabularySize);
    const stepwise = oracle.start();
    await stepwise.forward({ tokens: tokens.slice(0, 399) });
    expect(await stepwise.forward({ tokens: tokens.slice(399) })).toEqual(await oracle.start().forward({ tokens }));
  });

  it.each([0, 50_000])('computes the same with a weight cache of %i bytes', async (weightCacheBytes) => {
    const kept = await open(golden('qwen3-sharded'), { weightCacheBytes: 2 ** 28 });
    const read = await open(golden('qwen3-sharded'), { weightCacheBytes });
    expect(await read.oracle.start().forward({ tokens: TOKENS, logits: 'all' })).toEqual(
      await kept.oracle.start().forward({ tokens: TOKENS, logits: 'all' }),
    );
    expect(await greedy(read.oracle, TOKENS, 5)).toEqual(await greedy(kept.oracle, TOKENS, 5));
  });

  it('delivers every tap, in execution order, with the shapes of the goldens', async () => {
    const { oracle, spec } = await open(golden('qwen3-qknorm'));
    const taps: Tap[] = [];
    const sequence = oracle.start();
    await sequence.forward({ tokens: [1, 2, 3], taps: 'all', onTap: (tap) => void taps.push(tap) });
    expect(taps.map(({ name }) => name)).toEqual(tapNames(spec));
    const shapes = new Map(taps.map(({ name, value }) => [name, value.shape]));
    expect(shapes.get('embedding')).toEqual([3, 64]);
    expect(shapes.get('layers.1.q_proj')).toEqual([3, 128]);
    expect(shapes.get('layers.1.q_norm')).toEqual([3, 4, 32]);
    expect(shapes.get('layers.1.k_rope')).toEqual([3, 2, 32]);
    expect(shapes.get('layers.1.attention')).toEqual([3, 128]);
    expect(shapes.get('final_norm')).toEqual([3, 64]);
    expect(shapes.get('logits')).toEqual([1, 320]);
    for (const { name, value } of taps) {
      expect([name, value.data.length]).toEqual([name, value.shape.reduce((a, b) => a * b)]);
    }
    const value = (name: string) => taps.find((tap) => tap.name === name)?.value.data;
    expect(value('layers.0.input')).toEqual(value('embedding'));
    expect(value('layers.1.input')).toEqual(value('layers.0.output'));
    expect(sequence.keyValues(1).keys.data).toEqual(value('layers.1.k_rope'));
    expect(sequence.keyValues(1).values.data).toEqual(value('layers.1.v_proj'));
  });

  it('does not reuse what it delivered', async () => {
    const { oracle } = await open(golden('mistral'));
    const sequence = oracle.start();
    const first: Tensor[] = [];
    const request = { taps: 'all', onTap: ({ value }: Tap) => void first.push(value) } as const;
    await sequence.forward({ tokens: [1, 2], ...request });
    const copies = first.map(({ data }) => data.slice());
    const before = sequence.keyValues(0).keys;
    const copy = before.data.slice();
    for (let step = 0; step < 5; step++) await sequence.forward({ tokens: [step] });
    expect(first.map(({ data }) => data)).toEqual(copies);
    expect(before.data).toEqual(copy);
  });

  it('delivers only the taps asked for, and knows their names', async () => {
    const { oracle } = await open(golden('mistral'));
    const names: string[] = [];
    const onTap = ({ name }: Tap) => void names.push(name);
    await oracle.start().forward({ tokens: [1], taps: new Set(['logits', 'layers.0.q_rope']), onTap });
    await oracle.start().forward({ tokens: [1], onTap });
    expect(names).toEqual(['layers.0.q_rope', 'logits']);
    await expect(
      oracle.start().forward({ tokens: [1], taps: new Set(['layers.7.output']), onTap }),
    ).rejects.toMatchObject({
      code: 'usage',
      details: { got: 'layers.7.output' },
    });
  });

  it.each([-1, 320, 1.5, Number.NaN])('refuses the token %s', async (token) => {
    const { oracle } = await open(golden('mistral'));
    const sequence = oracle.start();
    await expect(sequence.forward({ tokens: [1, token] })).rejects.toMatchObject({ code: 'token-out-of-range' });
    expect(sequence.length).toBe(0);
  });

  it('refuses no tokens, a layer that is not there, and more than the context', async () => {
    const { oracle, spec } = await open(golden('mistral'));
    const sequence = oracle.start();
    await expect(sequence.forward({ tokens: [] })).rejects.toMatchObject({ code: 'usage' });
    expect(() => sequence.keyValues(2)).toThrow(expect.objectContaining({ code: 'usage' }));
    await sequence.forward({ tokens: new Array(spec.maxPositions - 1).fill(3) });
    await sequence.forward({ tokens: [3] });
    await expect(sequence.forward({ tokens: [3] })).rejects.toMatchObject({
      code: 'context-exceeded',
      details: { expected: 256, got: 257 },
    });
  });

  it('stops between ops when it is told to, and can go on from where it was', async () => {
    const { oracle } = await open(golden('mistral'));
    const sequence = oracle.start();
    await sequence.forward({ tokens: TOKENS.slice(0, 3) });
    const controller = new AbortController();
    const names: string[] = [];
    const cancelled = sequence.forward({
      tokens: TOKENS.slice(3),
      taps: 'all',
      signal: controller.signal,
      onTap: ({ name }) => {
        names.push(name);
        if (name === 'layers.1.k_rope') controller.abort();
      },
    });
    await expect(cancelled).rejects.toMatchObject({ code: 'aborted' });
    expect(names.at(-1)).toBe('layers.1.k_rope');
    expect(sequence.length).toBe(3);
    const all = await oracle.start().forward({ tokens: TOKENS });
    expect(await sequence.forward({ tokens: TOKENS.slice(3) })).toEqual(all);
  });

  it('hears a signal that comes from outside while it computes', async () => {
    const { oracle } = await open(TINY_LLAMA);
    const tokens = Array.from({ length: 512 }, (_, i) => i);
    const started = performance.now();
    await expect(oracle.start().forward({ tokens, signal: AbortSignal.timeout(30) })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('refuses to run twice at once', async () => {
    const { oracle } = await open(golden('mistral'));
    const sequence = oracle.start();
    const first = sequence.forward({ tokens: [1] });
    await expect(sequence.forward({ tokens: [2] })).rejects.toMatchObject({ code: 'usage' });
    await first;
    expect(sequence.length).toBe(1);
  });

  it('passes on what is wrong with a weight, and recovers when a read succeeds', async () => {
    const directory = await copyModel(golden('llama-unaligned'));
    await editTensors(join(directory, 'model.safetensors'), (tensors) => {
      tensors.get('model.layers.1.mlp.gate_proj.weight')?.bytes.fill(0xff, 400, 404);
    });
    const { oracle } = await open(directory);
    const sequence = oracle.start();
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(sequence.forward({ tokens: [1] })).rejects.toMatchObject({
        code: 'tensor-non-finite',
        details: { weight: 'layers.1.gate_proj.weight', index: [1, 10] },
      });
    }
  });
});
