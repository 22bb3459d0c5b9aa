import type { PublishedRow } from './published-rows.ts';
import { complete, shapeOf, type Translate, type Translated, tileOf } from './row-values.ts';

/** Rows of elementwise kernels; where a row states no tile or herd it is the one of most rows of its kernel. */
export function elementwiseRow(
  tileName: string,
  usual: { readonly tile: number; readonly herd: readonly number[] },
): Translate {
  return (row) => {
    const elements = shapeOf(row, 'N');
    const tile = tileOf(row, tileName);
    const translated = complete(
      { elements },
      {
        tile: tile ?? usual.tile,
        herdColumns: row.herd?.[0] ?? usual.herd[0],
        herdRows: row.herd?.[1] ?? usual.herd[1],
      },
    );
    return withAssumed(translated, {
      tile: tile === undefined,
      herdColumns: row.herd === undefined,
      herdRows: row.herd === undefined,
    });
  };
}

/** Rows of the norms: M rows of N elements. */
export function rowNormRow(row: PublishedRow): Translated | null {
  const width = shapeOf(row, 'N');
  const usual = { count: width ?? 0, epsilon: 1e-5 };
  const translated = complete({ rows: shapeOf(row, 'M'), width }, { herdColumns: row.herd?.[0] }, {}, usual);
  const bf16Sum = row.kernel === 'RMSNorm' && row.contract?.startsWith('bf16 reduction') === true;
  return translated !== null && bf16Sum ? { ...translated, kernel: 'rms-norm-bf16-sum' } : translated;
}

/** Rows of the bias add, whose tile is a whole row in every published deployment. */
export function biasAddRow(row: PublishedRow): Translated | null {
  const width = shapeOf(row, 'N');
  const herdColumns = row.herd?.[0] ?? 8;
  const translated = complete({ rows: shapeOf(row, 'M'), width }, { tile: width, herdColumns });
  return withAssumed(translated, { tile: true, herdColumns: row.herd === undefined });
}

/** Rows of residual adds, [M, N], contiguous rows over the columns and one row to a tile. */
export function residualAddRow(row: PublishedRow): Translated | null {
  const [rows, width] = [shapeOf(row, 'M'), shapeOf(row, 'N')];
  if (rows === undefined || width === undefined) return null;
  const herdColumns = row.herd?.[0] ?? 8;
  const translated = complete({ elements: rows * width }, { tile: width, herdColumns, herdRows: 1 });
  return withAssumed(translated, { tile: true, herdColumns: row.herd === undefined, herdRows: row.herd === undefined });
}

function withAssumed(translated: Translated | null, open: Readonly<Record<string, boolean>>): Translated | null {
  const assumed = Object.keys(open).filter((name) => open[name] === true);
  return translated === null || assumed.length === 0 ? translated : { ...translated, assumed };
}
