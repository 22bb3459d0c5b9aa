import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { recordedTransformers, scriptedPython } from '@tilewright/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { golden } from '../__fixtures__/repository.ts';
import { readRaw } from '../__fixtures__/safetensors.ts';
import { copyModel, temporaryDirectory } from '../__fixtures__/temporary-model.ts';
import { readModelSpec } from '../config/read-model-spec.ts';
import { type OpenModel, openModel } from '../open-model.ts';
import { verifyAgainstGolden } from '../reference/verify.ts';
import { plannedCases } from './golden-cases.ts';
import { openTransformers, type TransformersModel } from './open-transformers.ts';
import { writeGolden } from './write-golden.ts';

const NAME = 'qwen3-qknorm';

/** A copy of a golden model without its golden, opened by us and in a recorded transformers. */
async function opened(
  body = recordedTransformers(golden(NAME)),
): Promise<{ model: OpenModel; reference: TransformersModel }> {
  const directory = await copyModel(golden(NAME));
  await Promise.all(['golden.json', 'golden.safetensors'].map((name) => rm(join(directory, name))));
  const model = await openModel(directory);
  const reference = await openTransformers(model, {
    python: await scriptedPython(await temporaryDirectory(), body),
  });
  onTestFinished(async () => {
    await reference.close();
    await model.close();
  });
  return { model, reference };
}

async function shortTokens(): Promise<number[]> {
  const { cases } = JSON.parse(await readFile(join(golden(NAME), 'golden.json'), 'utf8'));
  return cases[1].tokens;
}

describe('a golden', () => {
  it('has what transformers computed, to the bit, and passes its verification', async () => {
    const { model, reference } = await opened();
    const options = { directory: model.directory, prompts: [], tokens: await shortTokens(), seed: 0, force: false };
    const written = await writeGolden(model, reference, options);
    expect(written.cases).toMatchObject([{ name: 'tokens', tokens: 13, greedy: 32, smallestGreedyMargin: 0.5 }]);

    const [ours, recorded] = await Promise.all(
      [model.directory, golden(NAME)].map((directory) => readRaw(join(directory, 'golden.safetensors'))),
    );
    const expected = [...(recorded as Map<string, unknown>)].filter(([name]) => name.startsWith('short.'));
    expect(ours?.size).toBe(expected.length);
    for (const [name, tensor] of expected) expect(ours?.get(name.replace('short.', 'tokens.'))).toEqual(tensor);

    const result = await verifyAgainstGolden(model.directory);
    expect(result.failures).toEqual([]);
    expect(result).toMatchObject({ compared: { greedyTokens: 32, digests: 2 } });
    expect(result.madeBy).toBe('Hugging Face transformers, CPU, float32, eager attention (transformers 5.0)');
    expect((await readdir(model.directory)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('is not replaced unless that was asked for', async () => {
    const { model, reference } = await opened();
    const options = { directory: model.directory, prompts: [], tokens: await shortTokens(), seed: 0, force: false };
    await writeGolden(model, reference, options);
    await expect(writeGolden(model, reference, options)).rejects.toMatchObject({ code: 'usage' });
    await writeGolden(model, reference, { ...options, force: true });
  });

  it('is not there in part when something fails on the way', async () => {
    const half = recordedTransformers(golden(NAME)).replace(
      'if (step === 0) {',
      'if (step === 20) process.exit(1); if (step === 0) {',
    );
    const { model, reference } = await opened(half);
    const before = await readdir(model.directory);
    const options = { directory: model.directory, prompts: [], tokens: await shortTokens(), seed: 0, force: false };
    await expect(writeGolden(model, reference, options)).rejects.toMatchObject({ code: 'dependency-failed' });
    expect(await readdir(model.directory)).toEqual(before);
  });
});

describe('the cases of a golden', () => {
  const encode = { encode: async (text: string) => [...text].map((letter) => letter.codePointAt(0) ?? 0) };
  const cases = async (given: { prompts?: string[]; tokens?: number[] }) => {
    const spec = await readModelSpec(golden(NAME));
    return plannedCases(spec, encode, { prompts: [], seed: 3, ...given });
  };
  const shapes = (planned: Awaited<ReturnType<typeof cases>>) =>
    planned.map(({ name, tokens, scope }) => [name, tokens.length, scope]);

  it('are three random prompts, if none is given', async () => {
    expect(shapes(await cases({}))).toEqual([
      ['one', 1, 'states'],
      ['short', 13, 'kernels'],
      ['long', 97, 'states'],
    ]);
    expect(await cases({})).toEqual(await cases({}));
  });

  it('have every kernel once, of the longest prompt that is short', async () => {
    const planned = await cases({ prompts: ['ab', 'abcdef'], tokens: Array(40).fill(7) });
    expect(shapes(planned)).toEqual([
      ['text-1', 2, 'states'],
      ['text-2', 6, 'kernels'],
      ['tokens', 40, 'states'],
    ]);
    expect(shapes(await cases({ tokens: Array(200).fill(7) }))).toEqual([
      ['beginning', 32, 'kernels'],
      ['tokens', 200, 'states'],
    ]);
  });

  it('must fit the model', async () => {
    await expect(cases({ tokens: [] })).rejects.toMatchObject({ code: 'usage' });
    await expect(cases({ tokens: Array(300).fill(1) })).rejects.toMatchObject({ code: 'usage' });
    await expect(cases({ tokens: [320] })).rejects.toMatchObject({ code: 'token-out-of-range' });
  });
});
