import type { KernelConfig } from '@tilewright/spec';
import type { KernelShape } from '../kernel/kernel-definition.ts';
import type { PublishedRow } from './published-rows.ts';

/** What a published row means in the registry's terms. */
export interface RowConfiguration {
  readonly row: PublishedRow;
  readonly kernel: string;
  readonly shape: KernelShape;
  readonly config: KernelConfig;
}

type Translate = (row: PublishedRow) => { readonly shape: KernelShape; readonly config: KernelConfig } | null;

/** Which kernel a published one is, and how its rows read; a null is a method or a row that we cannot build. */
const TRANSLATIONS: Readonly<Record<string, { readonly kernel: string; readonly translate: Translate }>> = {
  GEMM: {
    kernel: 'gemm',
    translate: (row) => {
      if (row.contract !== 'bf16 in -> bf16 out') return null;
      if (row.method !== 'drain' && row.method !== 'direct') return null;
      return complete(
        { m: shape(row, 'M'), k: shape(row, 'K'), n: shape(row, 'N') },
        {
          tileM: tile(row, 'tile_m'),
          tileN: tile(row, 'tile_n'),
          tileKL1: tile(row, 'tile_k_l1'),
          tileKL2: tile(row, 'tile_k_l2'),
          herdColumns: row.herd?.[0],
          herdRows: row.herd?.[1],
          drainChunks: 1,
        },
        { method: row.method },
      );
    },
  },
  GEMV: {
    kernel: 'gemv',
    translate: (row) =>
      complete(
        { m: shape(row, 'M'), k: shape(row, 'K') },
        { tileM: tile(row, 'tile_m'), mInput: tile(row, 'm_input'), herdColumns: row.herd?.[0], batch: 4 },
        { pingPong: 'none' },
      ),
  },
  EltwiseAdd: {
    kernel: 'add',
    translate: (row) =>
      complete(
        { elements: shape(row, 'N') },
        { tile: tile(row, 'tile'), herdColumns: row.herd?.[0], herdRows: row.herd?.[1] },
      ),
  },
};

/** A published row as a shape and configuration of ours; null where we do not build what it measured. */
export function rowConfiguration(row: PublishedRow): RowConfiguration | null {
  const entry = TRANSLATIONS[row.kernel];
  const translated = entry?.translate(row);
  if (entry === undefined || translated === null || translated === undefined) return null;
  return { row, kernel: entry.kernel, ...translated };
}

/** The registry's name of a published kernel; null where it has none. */
export function registryName(publishedKernel: string): string | null {
  return TRANSLATIONS[publishedKernel]?.kernel ?? null;
}

function shape(row: PublishedRow, name: string): number | undefined {
  const value = row.shape?.[name];
  return typeof value === 'number' ? value : undefined;
}

function tile(row: PublishedRow, name: string): number | undefined {
  const value = row.tile?.[name];
  return typeof value === 'number' ? value : undefined;
}

/** Null where a row leaves a dimension or a setting open. */
function complete(
  shape: Readonly<Record<string, number | undefined>>,
  numbers: Readonly<Record<string, number | undefined>>,
  words: Readonly<Record<string, string>> = {},
): { shape: KernelShape; config: KernelConfig } | null {
  const values = [...Object.values(shape), ...Object.values(numbers)];
  if (values.some((value) => value === undefined)) return null;
  return { shape: shape as KernelShape, config: { ...words, ...(numbers as Readonly<Record<string, number>>) } };
}
