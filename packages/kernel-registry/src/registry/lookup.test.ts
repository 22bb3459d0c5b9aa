import { TilewrightError } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { EIGHT_BY_FOUR } from '../__fixtures__/eight-by-four.ts';
import { KERNELS } from './kernels.ts';
import { kernelDefinition, lookup } from './lookup.ts';
import { padShape, planKernel } from './plan-kernel.ts';

describe('lookup', () => {
  it.each([
    // Of a fused cast and a drain the faster.
    ['gemm', { m: 2048, k: 2048, n: 2048 }, 'gemm-051'],
    ['gemm', { m: 2048, k: 2048, n: 512 }, 'gemm-048'],
    ['gemm-f32', { m: 1024, k: 1024, n: 1024 }, 'gemm-107'],
    ['gemm', { m: 64, k: 32, n: 720 }, 'gemm-000'],
    // Of four rows at this shape the fastest, and not the historical one.
    ['gemm', { m: 64, k: 12_288, n: 960 }, 'gemm-156'],
    ['gemv', { m: 2048, k: 8192 }, 'gemv-273'],
    ['lm-head-gemv', { m: 16_384, k: 2048, partitions: 8 }, 'gemv-274'],
    ['add', { elements: 245_760 }, 'eltwiseadd-401'],
    ['rms-norm', { rows: 2048, width: 2048, count: 2048, epsilon: 1e-5 }, 'rmsnorm-347'],
    ['qk-norm', { rows: 2048, width: 128, count: 128, epsilon: 1e-6 }, 'rmsnorm-349'],
    ['silu-mul', { elements: 16_777_216 }, 'silu_mul-427'],
    ['gelu', { elements: 3_145_728 }, 'gelu-466'],
    ['layer-norm', { rows: 1024, width: 768, count: 768, epsilon: 1e-5 }, 'layernorm-360'],
  ])('%s at %o is row %s', (kernel, shape, row) => {
    const found = lookup(kernel, shape, EIGHT_BY_FOUR);
    expect(found?.basis).toEqual({ kind: 'row', row });
    expect(kernelDefinition(kernel).limits(shape, found?.config ?? {}, EIGHT_BY_FOUR)).toEqual([]);
  });

  it('takes the tiles of a near row over where they are legal, and says so', () => {
    const found = lookup('gemm', { m: 2048, k: 3072, n: 8192 }, EIGHT_BY_FOUR);
    expect(found?.config).toMatchObject({ method: 'fused-cast', tileM: 64, tileN: 128, tileKL2: 256 });
    expect(found?.basis).toMatchObject({ kind: 'derived', nearest: 'gemm-055' });
    expect(JSON.stringify(found?.basis)).toContain('m 2048, k 2048, n 8192');
  });

  it('never takes a low-precision row for a choice of its own', () => {
    // Published at this shape with `direct` only (gemm-038).
    const found = lookup('gemm', { m: 2048, k: 896, n: 4864 }, EIGHT_BY_FOUR);
    expect(found?.basis.kind).toBe('derived');
    expect(found?.config.method).toBe('drain');
  });

  it('names the nearest row and why its tiles are not used', () => {
    const far = lookup('gemm', { m: 16, k: 64, n: 64 }, EIGHT_BY_FOUR);
    expect(far?.basis).toMatchObject({ kind: 'derived' });
    expect(JSON.stringify(far?.basis)).toMatch(/which is far/);
    const bias = lookup('bias-add', { rows: 8, width: 64 }, EIGHT_BY_FOUR);
    expect(bias?.basis).toMatchObject({ kind: 'derived', nearest: null });
  });

  it('knows nothing where nothing is legal, and no kernel of another name', () => {
    expect(lookup('gemv', { m: 151_937, k: 896 }, EIGHT_BY_FOUR)).toBeNull();
    expect(() => lookup('conv', {}, EIGHT_BY_FOUR)).toThrow(TilewrightError);
  });
});

describe('planKernel', () => {
  it('leaves published shapes as they are and pads others', () => {
    expect(padShape('gemm', { m: 64, k: 720, n: 720 }, EIGHT_BY_FOUR)).toEqual({ m: 64, k: 720, n: 720 });
    const planned = planKernel('gemm', { m: 128, k: 90, n: 90 }, EIGHT_BY_FOUR);
    expect(planned).toMatchObject({ name: 'gemm', version: 1, shape: { m: 128, k: 96, n: 96 } });
  });

  it('says where no padding helps', () => {
    // A vector of 16,384 elements leaves L1 no room for a row of the matrix.
    expect(() => planKernel('gemv', { m: 2048, k: 32_768 }, EIGHT_BY_FOUR)).toThrow(/no legal configuration/);
  });

  it.each([...KERNELS.keys()])('%s tells shape and settings by the names it declares', (name) => {
    const definition = kernelDefinition(name);
    const usual: Record<string, number> = {
      count: 64,
      epsilon: 1e-5,
      partitions: 2,
      heads: 2,
      keyValueHeads: 2,
      scaleDim: 64,
      queryWidth: 128,
      keyValueWidth: 128,
      causal: 1,
    };
    // The published column tables are for groups of three or four heads.
    if (name === 'temporal-attention') Object.assign(usual, { heads: 4, keyValueHeads: 1, queryWidth: 256 });
    const shape = Object.fromEntries(definition.shapeNames.map((dimension) => [dimension, usual[dimension] ?? 64]));
    const planned = planKernel(name, shape, EIGHT_BY_FOUR);
    expect(Object.keys(planned.shape).sort()).toEqual([...definition.shapeNames].sort());
    expect(Object.keys(planned.config).sort()).toEqual([...definition.configNames].sort());
  });
});
