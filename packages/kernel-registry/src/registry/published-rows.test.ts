import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { selectPublishedRows } from '../../scripts/generate-published-rows.mjs';
import { EIGHT_BY_FOUR } from '../__fixtures__/eight-by-four.ts';
import { kernelDefinition } from './lookup.ts';
import { PUBLISHED_ROWS } from './published-rows.ts';
import { type RowConfiguration, registryName, rowConfiguration } from './row-configuration.ts';

const facts = JSON.parse(readFileSync(new URL('../../../../facts/kernels.json', import.meta.url), 'utf8'));

/** Rows that limits cannot agree with, and why. */
const DISPUTED: Readonly<Record<string, string>> = {
  'gemm-193': 'wrong as an ELF only; the same tiles pass as an xclbin (gemm-029)',
  'gemm-202': 'its source is in doubt itself: a peer of the same tiles passes (gemm-068)',
  'gemm-203': 'as gemm-202',
  'gemm-204': 'as gemm-202',
  'gemm-211': 'a stride within the 20 bits; the same source has a peer that passes (gemm-082)',
  'gemm-212': 'as gemm-211 (gemm-077)',
  'gemm-213': 'as gemm-211',
  'gemm-239': 'passes with a tile_n that its own source says does not fit L1',
  'gemv-322': 'compiles and hangs when it runs',
  'gemv-323': 'was built with doubled buffers, which the row does not say',
};

describe('published rows', () => {
  it('are what facts/kernels.json says today', () => {
    expect(PUBLISHED_ROWS).toEqual(selectPublishedRows(facts));
  });

  it('all belong to a kernel of the registry and say where they come from', () => {
    expect(PUBLISHED_ROWS.length).toBeGreaterThan(300);
    for (const row of PUBLISHED_ROWS) {
      expect(registryName(row.kernel), row.id).not.toBeNull();
      expect(row.source_file, row.id).toMatch(/./);
    }
  });

  it('are read as ours wherever they say what was run', () => {
    const unread = PUBLISHED_ROWS.filter((row) => rowConfiguration(row) === null);
    // Conditions in words without a size, and rows whose tiles nobody published.
    const said = unread.filter((row) => row.shape !== undefined && row.tile !== undefined && row.herd !== undefined);
    expect(said.map(({ id }) => id)).toEqual([]);
    const methods = (kernel: string): Set<unknown> =>
      new Set(
        PUBLISHED_ROWS.flatMap((row) => rowConfiguration(row) ?? [])
          .filter((entry) => entry.kernel === kernel)
          .map(({ config }) => config.method),
      );
    expect(methods('gemm')).toEqual(new Set(['drain', 'direct', 'fused-cast']));
    expect(methods('gemm-f32')).toEqual(new Set(['external', 'direct']));
  });

  // The limits of a kernel say nothing about a row that has something otherwise than our builder.
  const complete = PUBLISHED_ROWS.map(rowConfiguration).filter(
    (entry): entry is RowConfiguration => entry !== null && entry.adapt === undefined,
  );

  it.each(complete.map((entry) => [entry.row.id, entry.row.status, entry] as const))(
    '%s, %s, meets the limits accordingly',
    (id, status, { kernel, shape, config }) => {
      const broken = kernelDefinition(kernel).limits(shape, config, EIGHT_BY_FOUR);
      const passes = status?.startsWith('PASS') === true || status === 'NUMFAIL';
      expect((broken.length === 0) === passes).toBe(DISPUTED[id] === undefined);
    },
  );
});
