import { KERNELS } from '@tilewright/kernel-registry';
import { describe, expect, it } from 'vitest';
import { captured } from '../__fixtures__/captured-run.ts';

describe('registry', () => {
  it('lists every kernel', async () => {
    const run = await captured(['registry', '--json']);
    expect(run.exitStatus).toBe(0);
    expect(run.json().kernels.map(({ name }: { name: string }) => name)).toEqual([...KERNELS.keys()]);
    expect((await captured(['registry'])).stdout).toContain('gemm');
  });

  it('takes a shape by the names of any kernel', async () => {
    for (const kernel of KERNELS.values()) {
      const { lookup } = (
        await captured(['registry', kernel.name, '--shape', shapeText(kernel.shapeNames), '--json'])
      ).json();
      expect(Object.keys(lookup.shape)).toEqual(kernel.shapeNames);
    }
  });

  it('finds a published row for a published shape', async () => {
    const run = await captured(['registry', 'gemm', '--m', '2048', '--k', '2048', '--n', '2048', '--json']);
    expect(run.json().lookup).toMatchObject({ legal: true, basis: { kind: 'row' }, limits: [] });
    const text = (await captured(['registry', 'gemm', '--m', '2048', '--k', '2048', '--n', '2048'])).stdout;
    expect(text).toContain('published row');
  });

  it('says that a configuration is derived where no row is known', async () => {
    const run = await captured(['registry', 'gemm', '--m', '256', '--k', '256', '--n', '768', '--json']);
    expect(run.json().lookup.basis).toMatchObject({ kind: 'derived', reason: expect.any(String) });
  });

  it('names the limits that a configuration breaks', async () => {
    const shape = ['--m', '2048', '--k', '2048', '--n', '2048'];
    const { configuration } = (await captured(['registry', 'gemm', ...shape, '--json'])).json().lookup;
    const config = Object.entries({ ...configuration, tileM: 512, tileN: 512 }).map(
      ([name, value]) => `${name}=${value}`,
    );
    const run = await captured(['registry', 'gemm', ...shape, '--config', config.join(','), '--json']);
    expect(run.exitStatus).toBe(0);
    const { legal, limits } = run.json().lookup;
    expect(legal).toBe(false);
    expect(limits.length).toBeGreaterThan(0);
    expect(limits[0]).toMatchObject({ needed: expect.any(Number), available: expect.any(Number) });
  });

  it.each([
    ['an unknown kernel', ['conv2d'], 'kernel-unknown'],
    ['half a shape', ['gemm', '--m', '64'], 'usage'],
    ['a shape without a kernel', ['--m', '64'], 'usage'],
    ['a shape of another kernel', ['gemm', '--shape', 'rows=64,width=64'], 'usage'],
    ['settings that are none', ['gemm', '--m', '1', '--k', '1', '--n', '1', '--config', 'tileM'], 'usage'],
    ['an unknown target', ['--target', 'nonesuch'], 'module-unknown'],
  ])('refuses %s', async (_what, args, code) => {
    const run = await captured(['registry', ...args, '--json']);
    expect(run.exitStatus).toBe(2);
    expect(run.json().error.code).toBe(code);
  });
});

/** Sizes that fit each other, by what the names mean. */
function shapeText(names: readonly string[]): string {
  const small: Record<string, number> = { heads: 4, keyValueHeads: 4, partitions: 1, causal: 1, epsilon: 1e-5 };
  return names
    .map((name) => `${name}=${small[name] ?? (/width/i.test(name) && names.includes('heads') ? 256 : 64)}`)
    .join(',');
}
