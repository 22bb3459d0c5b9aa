import { describe, expect, it } from 'vitest';
import { PUBLISHED_ROWS } from './published-rows.ts';
import { publishedSettings } from './published-settings.ts';
import { rowConfiguration } from './row-configuration.ts';

describe('publishedSettings', () => {
  const known = PUBLISHED_ROWS.flatMap((row) => rowConfiguration(row) ?? []).filter(
    ({ row, assumed = [] }) => row.group === 'registry' && assumed.length === 0,
  );

  it('says of every row what the row says', () => {
    const kernels = new Set<string>();
    for (const { row, kernel, shape, config } of known) {
      const settings = publishedSettings(kernel, shape, config);
      if (settings === null) continue;
      kernels.add(settings.kernel);
      expect(settings.kernel, row.id).toBe(row.kernel);
      for (const [name, value] of Object.entries(settings.tile)) {
        // A row may say in chunks what another says in sizes.
        if (row.tile?.[name] !== undefined) expect(value, `${row.id} ${name}`).toBe(row.tile[name]);
      }
      if (row.herd !== undefined && row.kernel !== 'FlashAttention')
        expect([...settings.herd], row.id).toEqual(row.herd);
      for (const [name, value] of Object.entries(settings.shape))
        expect(value, `${row.id} ${name}`).toBe(row.shape?.[name]);
      if (settings.contract !== undefined) {
        expect([settings.contract, settings.method]).toEqual([row.contract, row.method]);
        expect(Object.keys(settings.tile).sort()).toEqual(Object.keys(row.tile ?? {}).sort());
      }
    }
    expect(kernels.size).toBeGreaterThanOrEqual(8);
  });

  it('is null for what nobody published', () => {
    expect(publishedSettings('bias-add', { rows: 8, width: 64 }, { tile: 64, herdColumns: 8 })).toBeNull();
  });
});
