import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { captured } from '../__fixtures__/captured-run.ts';
import { copyModel, GOLDENS } from '../__fixtures__/repository.ts';

describe('oracle verify', () => {
  it('accepts a model that agrees with its golden', async () => {
    const run = await captured(['oracle', 'verify', 'models/tiny-llama']);
    expect(run).toMatchObject({ exitStatus: 0 });
    expect(run.stdout).toContain('agrees with the golden');
    expect(run.stdout).toContain('32 of 32');
  });

  it('names the first tap that differs, where, and by how much', async () => {
    const directory = await copyModel(join(GOLDENS, 'llama-gqa'));
    const config = JSON.parse(await readFile(join(directory, 'config.json'), 'utf8'));
    await writeFile(join(directory, 'config.json'), JSON.stringify({ ...config, rms_norm_eps: 0.1 }));
    const run = await captured(['oracle', 'verify', directory]);
    expect(run.exitStatus).toBe(1);
    expect(run.stdout).toMatch(/First difference:\n {2}.*layers\.0\./);
    const result = (await captured(['oracle', 'verify', directory, '--json'])).json();
    expect(result.passed).toBe(false);
    expect(result.firstDifference).toMatchObject({ kind: 'tolerance-exceeded', absoluteError: expect.any(Number) });
  });
});

describe('oracle taps', () => {
  const tokens = ['--tokens', '0,17,300'];

  it('summarises the taps that a pattern names, in execution order', async () => {
    const run = await captured([
      'oracle',
      'taps',
      'models/tiny-llama',
      ...tokens,
      '--names',
      'layers.1.*_rope',
      '--json',
    ]);
    expect(run.exitStatus).toBe(0);
    const { taps, tokens: used } = run.json();
    expect(used).toEqual([0, 17, 300]);
    expect(taps.map(({ name, shape }: { name: string; shape: number[] }) => [name, shape])).toEqual([
      ['layers.1.q_rope', [3, 4, 64]],
      ['layers.1.k_rope', [3, 2, 64]],
    ]);
    for (const { min, max, meanAbsolute, rootMeanSquare } of taps) {
      expect(min).toBeLessThan(max);
      expect(meanAbsolute).toBeLessThanOrEqual(rootMeanSquare);
      expect(rootMeanSquare).toBeLessThanOrEqual(Math.max(-min, max));
    }
  });

  it('takes all taps and a text prompt', async () => {
    const { taps } = (await captured(['oracle', 'taps', 'models/tiny-llama', '--prompt', 'KING', '--json'])).json();
    expect(taps[0].name).toBe('embedding');
    expect(taps.at(-1)).toMatchObject({ name: 'logits', shape: [2, 2048] });
  });

  it.each([
    ['a pattern that matches nothing', ['--tokens', '1', '--names', 'layers.9.*'], 'usage'],
    ['a token outside the vocabulary', ['--tokens', '1,2048'], 'token-out-of-range'],
    ['a token that is no number', ['--tokens', '1,two'], 'usage'],
    ['a prompt given twice', ['--tokens', '1', '--prompt', 'a'], 'usage'],
  ])('refuses %s', async (_what, args, code) => {
    const run = await captured(['oracle', 'taps', 'models/tiny-llama', ...args, '--json']);
    expect(run.exitStatus).toBe(2);
    expect(run.json().error.code).toBe(code);
  });

  it('says when a model has no tokenizer', async () => {
    const run = await captured(['oracle', 'taps', join(GOLDENS, 'mistral'), '--prompt', 'a', '--json']);
    expect(run.exitStatus).toBe(2);
    expect(run.json().error).toMatchObject({ code: 'tokenizer-unusable', remedy: expect.stringContaining('token') });
  });
});
