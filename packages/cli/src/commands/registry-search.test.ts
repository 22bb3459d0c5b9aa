import { describe, expect, it } from 'vitest';
import { captured } from '../__fixtures__/captured-run.ts';

const SQUARE = ['--m', '2048', '--k', '2048', '--n', '2048'];

describe('registry search', () => {
  it('ranks configurations by estimate, by the names of the real compiler', async () => {
    const run = await captured(['registry', 'search', 'GEMM', ...SQUARE, '--top', '3', '--limit', '60', '--json']);
    expect(run.exitStatus).toBe(0);
    const found = run.json();
    expect(found).toMatchObject({ kernel: 'gemm', paddedTo: null, estimatedConfigurations: 60 });
    expect(found.legalConfigurations).toBeGreaterThan(1000);
    expect(found.lowPrecisionLeftOut).toBeGreaterThan(1000);
    const estimates = found.configurations.map(({ estimatedUs }: { estimatedUs: number }) => estimatedUs);
    expect(estimates).toHaveLength(3);
    expect(estimates).toEqual(estimates.toSorted((a: number, b: number) => a - b));
    expect(found.configurations[0]).toMatchObject({
      rank: 1,
      lowPrecision: false,
      published: {
        kernel: 'GEMM',
        contract: 'bf16 in -> bf16 out',
        shape: { M: 2048, K: 2048, N: 2048 },
        tile: { tile_m: expect.any(Number), tile_k_l1: expect.any(Number), tile_k_l2: expect.any(Number) },
        herd: [8, 4],
        output_format: expect.stringMatching(/xclbin|elf/),
      },
    });
    expect(found.publishedRows.map(({ id }: { id: string }) => id)).toContain('gemm-051');
  });

  it('shows the published row beside the configuration that it measured', async () => {
    const tiles = 'method=drain,tileM=32,tileN=128,tileKL1=32,tileKL2=512,herdRows=4,herdColumns=8';
    const run = await captured(['registry', 'search', 'gemm', ...SQUARE, '--config', tiles, '--json']);
    const [only, ...others] = run.json().configurations;
    expect(others).toEqual([]);
    expect(only.row).toMatchObject({ id: 'gemm-052', publishedUs: 2851.431 });
    expect(Math.abs(only.estimatedUs / only.row.publishedUs - 1)).toBeLessThan(0.25);
    const text = (await captured(['registry', 'search', 'gemm', ...SQUARE, '--config', tiles])).stdout;
    expect(text).toMatch(/2\.85 ms/);
  });

  it('pads a shape that has no configuration, and says why a method has none', async () => {
    const shape = ['--m', '100', '--k', '90', '--n', '90'];
    const found = (await captured(['registry', 'search', 'GEMM', ...shape, '--limit', '20', '--json'])).json();
    expect(found.paddedTo).toEqual({ m: 112, k: 96, n: 96 });
    expect(found.excluded).toEqual([
      { setting: 'method', value: 'fused-cast', reasons: [expect.stringMatching(/multiple of 8 · 2048/)] },
    ]);
  });

  it.each([
    ['GEMV', ['--m', '2048', '--k', '2048']],
    ['EltwiseAdd', ['--shape', 'elements=4194304']],
    ['GELU', ['--shape', 'elements=3145728']],
    ['RMSNorm', ['--shape', 'rows=2048,width=2048']],
    ['LayerNorm', ['--shape', 'rows=1024,width=768']],
    ['FlashAttention', ['--shape', 'heads=32,keyValueHeads=8,rows=512,headDim=64']],
  ])('searches %s, filling in what nearly everyone has', async (kernel, shape) => {
    const run = await captured(['registry', 'search', kernel, ...shape, '--top', '2', '--limit', '4', '--json']);
    expect(run.exitStatus).toBe(0);
    const [best] = run.json().configurations;
    expect(best.estimatedUs).toBeGreaterThan(0);
    expect(best.published.kernel).toBe(kernel);
  });

  it.each([
    ['half a shape', ['GEMM', '--m', '64'], 'usage'],
    ['a dimension of another kernel', ['GEMM', ...SQUARE, '--shape', 'rows=2'], 'usage'],
    ['a setting of another kernel', ['GEMM', ...SQUARE, '--config', 'lqp=64'], 'usage'],
    ['tiles that are never legal', ['GEMM', ...SQUARE, '--config', 'tileM=24'], 'shape-unsupported'],
    ['a kernel that nobody has', ['Convolution'], 'kernel-unknown'],
  ])('refuses %s', async (_what, args, code) => {
    const run = await captured(['registry', 'search', ...args, '--json']);
    expect(run.exitStatus).not.toBe(0);
    expect(run.json().error.code).toBe(code);
  });
});
