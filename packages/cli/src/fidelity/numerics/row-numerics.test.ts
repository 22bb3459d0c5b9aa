import { readFileSync } from 'node:fs';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { describe, expect, it } from 'vitest';
import { publishedRecords } from '../published-record.ts';
import { rowNumerics } from './row-numerics.ts';

const facts = JSON.parse(readFileSync(new URL('../../../../../facts/kernels.json', import.meta.url), 'utf8'));

describe('errors of the simulated kernels beside the published ones', async () => {
  const rows = await rowNumerics(publishedRecords(facts, 'kernels.json'), xdna2Simulator());

  it('cover every kernel with a published error', () => {
    const kernels = new Set(rows.map(({ kernel, method }) => (method === null ? kernel : `${kernel} ${method}`)));
    expect([...kernels].sort()).toEqual([
      'EltwiseAdd',
      'FlashAttention',
      'GELU',
      'GEMM direct',
      'GEMM drain',
      'GEMM external',
      'GEMM fused-cast',
      'GEMV external mv.o',
      'LayerNorm',
      'RMSNorm',
      'RoPE',
      'SiLU_Mul',
    ]);
  });

  it.each(rows.map((row) => [row.kernel, row.method ?? '', row.id, row] as const))(
    '%s %s, %s',
    (kernel, _, __, row) => {
      if (kernel === 'GEMV') expect(row.meanRelativeL1).toBeLessThan(1e-5);
      else expect(Math.abs(row.meanRelativeL1 / row.publishedMeanRelativeL1 - 1)).toBeLessThan(0.1);
    },
  );
});

it('passes over records that mean nothing', async () => {
  const odd = [{ kernel: 'GEMM', mean_rel_L1: 0.01, contract: 7 }, { mean_rel_L1: 1 }, null];
  expect(await rowNumerics(publishedRecords(odd, 'rows'), xdna2Simulator())).toEqual([]);
});
