import { createHash } from 'node:crypto';
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GOLDEN_NAMES, golden, TINY_LLAMA } from '../__fixtures__/repository.ts';
import { editTensors, floats, type RawTensor } from '../__fixtures__/safetensors.ts';
import { copyModel, editJson } from '../__fixtures__/temporary-model.ts';
import { verifyAgainstGolden } from './verify.ts';

describe('models that agree with their goldens', () => {
  it.each(GOLDEN_NAMES)('%s', async (name) => {
    const result = await verifyAgainstGolden(golden(name));
    expect(result.failures).toEqual([]);
    expect(result).toMatchObject({ passed: true, firstDifference: null });
    expect(result.cases.map(({ name, tokens }) => [name, tokens])).toEqual([
      ['one', 1],
      ['short', 13],
      ['long', 97],
    ]);
    expect(result.compared.greedyTokens).toBe(96);
    expect(result.compared.elements).toBeGreaterThan(80_000);
    expect(result.maxAbsoluteError).toBeLessThan(5e-5);
  });

  it('tiny-llama, with its tokenizer', async () => {
    const progress: number[] = [];
    const result = await verifyAgainstGolden(TINY_LLAMA, { onProgress: ({ done }) => progress.push(done) });
    expect(result).toMatchObject({
      passed: true,
      compared: { taps: 63, greedyTokens: 96, tokenizerCases: 13, digests: 2 },
    });
    expect(progress).toEqual(Array.from({ length: 3 * 33 }, (_, i) => i + 1));
  });
});

/** Updates the digest of a file, so that only what a test changed is found. */
async function sign(directory: string, name: string): Promise<void> {
  const digest = createHash('sha256')
    .update(await readFile(join(directory, name)))
    .digest('hex');
  await editJson(join(directory, 'golden.json'), (value) => {
    value.sha256[name] = digest;
  });
}

async function spoilGolden(edit: (tensors: Map<string, RawTensor>) => void, name = 'llama-bias'): Promise<string> {
  const directory = await copyModel(golden(name));
  await editTensors(join(directory, 'golden.safetensors'), edit);
  await sign(directory, 'golden.safetensors');
  return directory;
}

const TOLERANCE = (value: number) => 2e-4 + 1e-4 * Math.abs(value);

describe('goldens that differ are rejected, with the place', () => {
  it('one element just outside the tolerance, and not one just inside', async () => {
    const outside = await spoilGolden((tensors) => {
      const values = floats(tensors.get('short.layers.1.q_rope'));
      values[3 * 64 + 16 + 2] += 1.3 * TOLERANCE(values[3 * 64 + 16 + 2]);
    });
    const result = await verifyAgainstGolden(outside);
    expect(result.passed).toBe(false);
    expect(result.failures).toHaveLength(1);
    expect(result.firstDifference).toMatchObject({
      kind: 'tolerance-exceeded',
      case: 'short',
      tap: 'layers.1.q_rope',
      index: [3, 1, 2],
      outside: 1,
    });
    expect(result.firstDifference?.message).toContain('short.layers.1.q_rope differs at [3,1,2]');

    const inside = await spoilGolden((tensors) => {
      const values = floats(tensors.get('short.layers.1.q_rope'));
      values[3 * 64 + 16 + 2] += 0.8 * TOLERANCE(values[3 * 64 + 16 + 2]);
    });
    expect((await verifyAgainstGolden(inside)).passed).toBe(true);
  });

  it.each([
    ['embedding', 'one.embedding'],
    ['layers.0.k_proj', 'short.layers.0.k_proj'],
    ['layers.1.attention', 'short.layers.1.attention'],
    ['layers.0.output', 'long.layers.0.output'],
    ['final_norm', 'long.final_norm'],
    ['logits', 'long.logits'],
  ])('%s scaled by two', async (tap, name) => {
    const directory = await spoilGolden((tensors) => {
      const values = floats(tensors.get(name));
      values.set(values.map((value) => 2 * value));
    });
    const result = await verifyAgainstGolden(directory);
    expect(result.failures).toHaveLength(1);
    expect(result.firstDifference).toMatchObject({
      kind: 'tolerance-exceeded',
      tap,
      case: name.slice(0, -tap.length - 1),
    });
  });

  it('names the first of several in execution order', async () => {
    const directory = await spoilGolden((tensors) => {
      for (const tap of ['layers.1.q_proj', 'layers.0.up_proj', 'layers.0.gate_proj'])
        floats(tensors.get(`short.${tap}`))[0] += 1;
    });
    const result = await verifyAgainstGolden(directory);
    expect(result.failures.map((failure) => 'tap' in failure && failure.tap)).toEqual([
      'layers.0.gate_proj',
      'layers.0.up_proj',
      'layers.1.q_proj',
    ]);
    expect(result.firstDifference).toBe(result.failures[0]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('%s in the golden', async (value) => {
    const directory = await spoilGolden((tensors) => {
      floats(tensors.get('one.logits'))[7] = value;
    });
    expect((await verifyAgainstGolden(directory)).firstDifference).toMatchObject({
      kind: 'non-finite',
      side: 'golden',
      case: 'one',
      tap: 'logits',
      index: [0, 7],
    });
  });

  it('another shape of the same size', async () => {
    const directory = await spoilGolden((tensors) => tensors.get('short.layers.0.q_rope')?.shape.splice(1, 2, 64));
    expect((await verifyAgainstGolden(directory)).firstDifference).toMatchObject({
      kind: 'shape-mismatch',
      tap: 'layers.0.q_rope',
      expected: [13, 64],
      got: [13, 4, 16],
    });
  });

  it.each([
    ['short.layers.0.q_norm', 'short', 'layers.0.q_norm'],
    ['short.layers.5.output', 'short', 'layers.5.output'],
    ['tall.logits', null, 'tall.logits'],
  ])('a tap that we do not have: %s', async (name, goldenCase, tap) => {
    const directory = await spoilGolden((tensors) => {
      tensors.set(name, { dtype: 'F32', shape: [1], bytes: new Uint8Array(4) });
    });
    const result = await verifyAgainstGolden(directory);
    expect(result.firstDifference).toMatchObject({ kind: 'tap-unknown', case: goldenCase, tap });
  });

  it.each(['long.logits', 'one.final_norm', 'short.layers.1.v_proj', 'short.embedding'])(
    'a golden without %s',
    async (name) => {
      const directory = await spoilGolden((tensors) => tensors.delete(name));
      const result = await verifyAgainstGolden(directory);
      const missing = name.slice(name.indexOf('.') + 1);
      expect(result.failures).toMatchObject([{ kind: 'golden-incomplete', missing }]);
    },
  );

  it('a golden without cases', async () => {
    const directory = await copyModel(golden('mistral'));
    await editJson(join(directory, 'golden.json'), (value) => {
      value.cases = [];
    });
    const result = await verifyAgainstGolden(directory);
    expect(result.passed).toBe(false);
    expect(result.failures[0]).toMatchObject({ kind: 'golden-incomplete', missing: 'cases' });
  });

  it('another greedy token, and too few of them', async () => {
    const directory = await copyModel(golden('mistral'));
    await editJson(join(directory, 'golden.json'), (value) => {
      value.cases[1].greedy[20] = (value.cases[1].greedy[20] + 1) % 320;
      value.cases[2].greedy.length = 31;
    });
    const result = await verifyAgainstGolden(directory);
    expect(result.failures).toMatchObject([
      { kind: 'golden-incomplete', case: 'long', missing: '32 greedy tokens' },
      { kind: 'greedy-differs', case: 'short', step: 20 },
    ]);
    expect(result.cases[1].greedy).toEqual({ expected: 32, identical: 20 });
  });

  it('other weights: by digest, and by the first kernel that they change', async () => {
    const directory = await copyModel(golden('llama-unaligned'));
    await editTensors(join(directory, 'model.safetensors'), (tensors) => {
      const values = floats(tensors.get('model.layers.1.self_attn.v_proj.weight'));
      values.set(values.map((value) => 1.01 * value));
    });
    const result = await verifyAgainstGolden(directory);
    expect(result.failures[0]).toMatchObject({ kind: 'digest-mismatch', file: 'model.safetensors' });
    expect(result.failures.find((failure) => 'case' in failure && failure.case === 'short')).toMatchObject({
      tap: 'layers.1.v_proj',
    });
    expect(result.firstDifference).toMatchObject({ case: 'one', tap: 'layers.1.output' });
  });

  it.each<[string, (config: Record<string, unknown>) => void, string]>([
    ['rms_norm_eps', (config) => Object.assign(config, { rms_norm_eps: 1e-2 }), 'layers.0.input_norm'],
    ['rope_theta', (config) => Object.assign(config, { rope_theta: 10000 }), 'layers.0.q_rope'],
    ['rope_scaling', (config) => Object.assign(config, { rope_scaling: null }), 'layers.0.q_rope'],
  ])('another %s', async (_field, edit, tap) => {
    const directory = await copyModel(golden('llama3-rope'));
    await editJson(join(directory, 'config.json'), edit);
    const { failures } = await verifyAgainstGolden(directory);
    expect(failures.find((failure) => 'case' in failure && failure.case === 'short')).toMatchObject({ tap });
  });

  it('a changed file whose digest was not changed with it', async () => {
    const directory = await copyModel(golden('mistral'));
    await editTensors(join(directory, 'golden.safetensors'), () => {});
    const result = await verifyAgainstGolden(directory);
    expect(result.failures).toMatchObject([{ kind: 'digest-mismatch', file: 'golden.safetensors' }]);
    await editJson(join(directory, 'golden.json'), (value) => {
      delete value.sha256['golden.safetensors'];
    });
    expect((await verifyAgainstGolden(directory)).failures).toMatchObject([{ kind: 'golden-incomplete' }]);
  });

  it('another tokenizer', async () => {
    const directory = await copyModel(TINY_LLAMA);
    await editJson(join(directory, 'golden.json'), (value) => {
      value.tokenizer[0].ids[1]++;
      value.tokenizer[3].decoded += '!';
    });
    const { failures } = await verifyAgainstGolden(directory);
    expect(failures.map(({ kind }) => kind)).toEqual(['tokenizer-differs', 'tokenizer-differs', 'tokenizer-differs']);
  });
});

describe('where there is nothing to compare', () => {
  it('a missing golden', async () => {
    const directory = await copyModel(golden('mistral'));
    await rm(join(directory, 'golden.safetensors'));
    await expect(verifyAgainstGolden(directory)).rejects.toMatchObject({ code: 'file-missing' });
    await rm(join(directory, 'golden.json'));
    await expect(verifyAgainstGolden(directory)).rejects.toMatchObject({ code: 'file-missing' });
  });

  it('a truncated golden', async () => {
    const directory = await copyModel(golden('mistral'));
    await truncate(join(directory, 'golden.safetensors'), 200_000);
    await expect(verifyAgainstGolden(directory)).rejects.toMatchObject({ code: 'file-truncated' });
  });

  it.each([
    ['{}', 'cases'],
    ['{"cases": [{"name": "a", "tokens": [], "greedy": []}], "sha256": {}}', 'cases.0.tokens'],
    ['{"cases": [], "sha256": {"x": "abc"}}', 'sha256.x'],
  ])('a golden.json that holds %s', async (text, field) => {
    const directory = await copyModel(golden('mistral'));
    await writeFile(join(directory, 'golden.json'), text);
    await expect(verifyAgainstGolden(directory)).rejects.toMatchObject({ code: 'file-malformed', details: { field } });
  });

  it('a digest of a file elsewhere', async () => {
    const directory = await copyModel(golden('mistral'));
    await editJson(join(directory, 'golden.json'), (value) => {
      value.sha256['../x'] = '0'.repeat(64);
    });
    await expect(verifyAgainstGolden(directory)).rejects.toMatchObject({ code: 'file-malformed' });
  });

  it('a cancelled verification', async () => {
    await expect(verifyAgainstGolden(golden('mistral'), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    });
  });
});
