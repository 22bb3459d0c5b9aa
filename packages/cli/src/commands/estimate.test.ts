import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { captured } from '../__fixtures__/captured-run.ts';
import { CONFIGS, GOLDENS } from '../__fixtures__/repository.ts';
import type { SectionTimes } from './section-times.ts';

describe('estimate', () => {
  it('has the nine configurations of the paper', () => {
    expect(CONFIGS).toHaveLength(9);
  });

  it.each(CONFIGS.map((file) => [basename(file), file]))('estimates %s in under 5 seconds', async (_name, file) => {
    const startedAt = performance.now();
    const run = await captured(['estimate', file, '--no-optimize', '--json']);
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(run.exitStatus).toBe(0);
    const result = run.json();
    expect(result).toMatchObject({ timing: 'estimate', promptTokens: 2048, contextTokens: 2049 });
    const [prefill, decode, head]: SectionTimes[] = result.sections;
    expect(result.timeToFirstTokenUs).toBeCloseTo((prefill?.us ?? 0) + (head?.us ?? 0), 3);
    expect(result.decodeTokensPerSecond).toBeCloseTo(1e6 / ((decode?.us ?? 0) + (head?.us ?? 0)), 6);
    for (const { us, steps } of result.sections as SectionTimes[]) {
      expect(us).toBeGreaterThan(0);
      expect(steps.reduce((sum, step) => sum + step.us, 0) / us).toBeCloseTo(1, 6);
      expect(steps.reduce((sum, step) => sum + step.share, 0)).toBeCloseTo(1, 6);
      for (const step of steps) {
        expect(step.boundBy).not.toBe('');
        if (step.kind === 'dispatch') expect(step.launches.length).toBeGreaterThan(0);
      }
    }
  });

  it('starts Llama-3.2-1B from 15 dispatches per layer, as published', async () => {
    const run = await captured(['estimate', 'test-data/configs/Llama-3.2-1B.json', '--no-optimize', '--json']);
    const [prefill] = run.json().sections;
    expect(prefill).toMatchObject({ dispatchesPerLayer: 15, dispatches: 15 * 16 });
  });

  it.each(CONFIGS.map((file) => [basename(file), file]))(
    'prints %s within 100 columns, as estimates',
    async (_name, file) => {
      const { stdout } = await captured(['estimate', file, '--no-optimize']);
      expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
      expect(stdout).toMatch(/time to first token +[\d.]+ m?s \(estimate\)/);
      expect(stdout).toMatch(/tokens per second +[\d.]+ \(estimate\)/);
      expect(stdout).not.toMatch(/measured/i);
    },
  );

  it('says how far it may be off, and where nothing near was measured', async () => {
    const run = await captured(['estimate', 'test-data/configs/Qwen2.5-3B.json', '--no-optimize', '--json']);
    const { error, sections, unmeasured } = run.json();
    for (const share of [error.timeToFirstTokenShare, error.decodeTokenShare]) {
      expect(share).toBeGreaterThan(0.01);
      expect(share).toBeLessThan(0.5);
    }
    const dispatch = (sections as SectionTimes[])[0]?.steps.find(({ step }) => step === 'gate_proj');
    expect(dispatch?.errorShare).toBeGreaterThan(0.01);
    // Decoding adds one row at a time; every published addition is a thousand times as long.
    const far = unmeasured.find(({ launches }: { launches: string[] }) => launches.includes('decode output'));
    expect(far).toMatchObject({ kernel: 'add', shape: { elements: 2048 } });
    const near = unmeasured.flatMap(({ launches }: { launches: string[] }) => launches);
    expect(near).not.toContain('prefill q_proj.matmul');
  });

  it('takes a model directory, and pads what does not align', async () => {
    const run = await captured([
      'estimate',
      join(GOLDENS, 'llama-unaligned'),
      '--seq',
      '33',
      '--context',
      '64',
      '--no-optimize',
      '--json',
    ]);
    const { promptTokens, prefillLength, contextTokens } = run.json();
    expect({ promptTokens, contextTokens }).toEqual({ promptTokens: 33, contextTokens: 64 });
    expect(prefillLength).toBeGreaterThan(33);
  });

  it('takes longer for a longer prompt and at a longer context', async () => {
    const at = async (...args: string[]) =>
      (await captured(['estimate', 'test-data/configs/Llama-3.2-1B.json', ...args, '--no-optimize', '--json'])).json();
    const [short, long, late] = [
      await at('--seq', '512'),
      await at('--seq', '1024'),
      await at('--seq', '512', '--context', '4096'),
    ];
    expect(long.timeToFirstTokenUs).toBeGreaterThan(1.3 * short.timeToFirstTokenUs);
    expect(late.decodeTokenUs).toBeGreaterThan(short.decodeTokenUs);
  });

  it.each([
    ['a prompt that the model cannot take', ['--seq', '4096'], 'context-exceeded'],
    ['a context shorter than the prompt', ['--seq', '128', '--context', '64'], 'usage'],
    ['an unknown target', ['--target', 'nonesuch'], 'module-unknown'],
  ])('refuses %s', async (_what, args, code) => {
    const run = await captured(['estimate', 'models/tiny-llama', ...args, '--no-optimize', '--json']);
    expect(run.exitStatus).toBe(2);
    expect(run.json().error.code).toBe(code);
  });

  it('optimises Llama-3.2-1B about as much as was published, from 15 dispatches per layer to 3', {
    timeout: 60_000,
  }, async () => {
    const config = CONFIGS.find((path) => path.endsWith('Llama-3.2-1B.json')) as string;
    const { sections, optimized } = (await captured(['estimate', config, '--json'])).json();
    const perLayer = (times: { section: string; dispatchesPerLayer: number }[]) =>
      times.find(({ section }) => section === 'prefill')?.dispatchesPerLayer;
    expect([perLayer(sections), perLayer(optimized.sections)]).toEqual([15, 3]);
    expect(optimized.gain.prefill).toBeGreaterThan(1.3);
    expect(optimized.gain.prefill).toBeLessThan(1.9);
    expect(optimized.gain.decodeToken).toBeGreaterThan(2.2);
    expect(optimized.gain.decodeToken).toBeLessThan(3.5);
  });
});
