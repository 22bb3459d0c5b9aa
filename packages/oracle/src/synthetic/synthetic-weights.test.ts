import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONFIGS } from '../__fixtures__/repository.ts';
import { readModelSpec } from '../config/read-model-spec.ts';
import { createOracle } from '../forward/create-oracle.ts';
import { taps } from '../forward/taps.ts';
import { syntheticWeights } from './synthetic-weights.ts';

const llama = await readModelSpec(join(CONFIGS, 'Llama-3.2-1B.json'));
const qwen = await readModelSpec(join(CONFIGS, 'Qwen3-0.6B.json'));
const small = { ...qwen, layers: 1, hiddenSize: 64, intermediateSize: 96, vocabularySize: 128 };

function moments(values: Float32Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
}

describe('synthetic weights', () => {
  it('are the same on every machine', async () => {
    const { data } = await syntheticWeights(llama, { seed: 7 }).readRows('layers.3.up_proj.weight', 5, 64);
    const digest = createHash('sha256').update(new Uint8Array(data.buffer)).digest('hex');
    expect(digest).toBe('863ca2e2634349d93bee9d7538b82d49b3dd977292da4d1a385c4f8516b1f9e8');
  });

  it('do not depend on how they are read', async () => {
    const weights = syntheticWeights({ ...llama, hiddenSize: 31 });
    const whole = (await weights.read('layers.0.k_proj.weight')).data;
    for (const [first, rows] of [
      [0, 1],
      [3, 2],
      [11, 7],
      [510, 2],
    ]) {
      const part = (await weights.readRows('layers.0.k_proj.weight', first, rows)).data;
      expect(part).toEqual(whole.slice(first * 31, (first + rows) * 31));
    }
  });

  it('are other ones for another name, layer and seed', async () => {
    const first = async (name: string, seed: number) =>
      (await syntheticWeights(llama, { seed }).readRows(name, 0, 1)).data.join();
    const all = await Promise.all([
      first('layers.0.k_proj.weight', 0),
      first('layers.0.v_proj.weight', 0),
      first('layers.1.k_proj.weight', 0),
      first('layers.0.k_proj.weight', 1),
    ]);
    expect(new Set(all).size).toBe(4);
  });

  it('have the scale that keeps activations near one', async () => {
    const weights = syntheticWeights(llama);
    const matrix = moments((await weights.readRows('layers.1.down_proj.weight', 0, 64)).data);
    expect(matrix.deviation * Math.sqrt(8192)).toBeCloseTo(1, 2);
    expect(matrix.mean * Math.sqrt(8192)).toBeCloseTo(0, 2);
    const norm = moments((await weights.read('final_norm.weight')).data);
    expect(norm.mean).toBeCloseTo(1, 1);
    expect(norm.deviation).toBeCloseTo(0.1, 2);
  });

  it('belong to a digest, and tell what they cost', async () => {
    const weights = syntheticWeights(small);
    expect(await weights.digest()).toBe(await syntheticWeights(small).digest());
    expect(await weights.digest()).not.toBe(await syntheticWeights(small, { seed: 1 }).digest());
    expect(weights.generationMs).toBeGreaterThan(0);
  });

  it('make a model whose activations stay sane through 36 layers', async () => {
    const oracle = createOracle({ ...small, layers: 36 }, syntheticWeights({ ...small, layers: 36 }));
    for await (const { value } of taps(oracle, [1, 2, 3], ['layers.35.output'])) {
      const { deviation } = moments(value.data);
      expect(deviation).toBeGreaterThan(0.5);
      expect(deviation).toBeLessThan(20);
    }
  });
});
