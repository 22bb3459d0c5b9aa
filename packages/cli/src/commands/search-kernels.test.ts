import type { KernelQuery } from '@tilewright/spec';
import { expect, it } from 'vitest';
import type { CommandContext } from '../command-context.ts';
import { searchKernels } from './search-kernels.ts';

const context = {
  signal: new AbortController().signal,
  progress: { step: () => {}, line: () => {}, pause: () => {}, resume: () => {}, end: () => {} },
} as unknown as CommandContext;

it('ranks configurations, the fastest first, with the published row of the same one', async () => {
  const shape = { m: 2048, k: 2048, n: 2048 };
  const { kernel, configurations } = await searchKernels({ kernel: 'gemm', shape, top: 3 }, context);
  expect(kernel).toBe('gemm');
  const times = configurations.map(({ estimatedUs }) => estimatedUs);
  expect(times).toHaveLength(3);
  expect([...times].sort((a, b) => a - b)).toEqual(times);
});

it.each<[unknown, string]>([
  [{ kernel: 'gemm', shape: { m: 1e300, k: 64, n: 64 }, top: 3 }, 'shape.m'],
  [{ kernel: 'gemm', shape: { m: Number.NaN }, top: 3 }, 'shape.m'],
  [{ kernel: 'gemm', shape: {}, top: 1e9 }, 'top'],
  [{ kernel: 5, shape: {}, top: 1 }, 'kernel'],
  [{ kernel: 'gemm', shape: {}, fixed: { tileM: {} }, top: 1 }, 'fixed.tileM'],
])('refuses %j', async (query, field) => {
  await expect(searchKernels(query as KernelQuery, context)).rejects.toMatchObject({
    code: 'usage',
    details: { field },
  });
});
