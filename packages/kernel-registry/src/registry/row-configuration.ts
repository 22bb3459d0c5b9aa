import type { KernelConfig } from '@tilewright/spec';
import type { KernelShape } from '../kernel/kernel-definition.ts';
import type { PublishedRow } from './published-rows.ts';

/** What a published row means in the registry's terms. */
export interface RowConfiguration {
  readonly row: PublishedRow;
  readonly kernel: string;
  /** Everything that the kernel's shape needs; what the row does not say, such as an epsilon, as it usually is. */
  readonly shape: KernelShape;
  /** The dimensions that the row states: those by which it is near to another shape or far from it. */
  readonly stated: readonly string[];
  readonly config: KernelConfig;
}

type Translated = Pick<RowConfiguration, 'shape' | 'stated' | 'config'>;

type Translate = (row: PublishedRow) => Translated | null;

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
  RMSNorm: {
    kernel: 'rms-norm',
    translate: (row) => {
      if (row.contract?.startsWith('bf16 reduction') === true) return null;
      const width = shape(row, 'N');
      const usual = { count: width ?? 0, epsilon: 1e-5 };
      return complete({ rows: shape(row, 'M'), width }, { herdColumns: row.herd?.[0] }, {}, usual);
    },
  },
  RoPE: {
    kernel: 'rope',
    translate: (row) =>
      complete(
        { rows: shape(row, 'rows'), width: shape(row, 'head_dim') },
        { herdColumns: row.herd?.[0], herdRows: row.herd?.[1] },
      ),
  },
  SiLU_Mul: {
    kernel: 'silu-mul',
    translate: (row) =>
      complete(
        { elements: shape(row, 'N') },
        { tile: tile(row, 'tile_n'), herdColumns: row.herd?.[0], herdRows: row.herd?.[1] },
      ),
  },
  FlashAttention: {
    kernel: 'flash-attention',
    translate: (row) => {
      const headDim = shape(row, 'dk');
      const chunks = tile(row, 'dv_chunks');
      if (headDim !== shape(row, 'dv') || shape(row, 'lq') !== shape(row, 'lk')) return null;
      const [heads, keyValueHeads] = [shape(row, 'q_heads'), shape(row, 'kv_heads')];
      const width = headDim ?? 0;
      const usual = { scaleDim: width, queryWidth: (heads ?? 0) * width, keyValueWidth: (keyValueHeads ?? 0) * width };
      return complete(
        {
          heads,
          keyValueHeads,
          rows: shape(row, 'lq'),
          headDim,
          causal: row.shape?.causal === true ? 1 : 0,
        },
        {
          lqp: tile(row, 'lqp'),
          lkp: tile(row, 'lkp'),
          numQTiles: tile(row, 'num_q_tiles'),
          numCascadeStages: tile(row, 'num_cascade_stages'),
          headsPerUnroll: tile(row, 'num_heads_per_unroll'),
          dvTile:
            tile(row, 'dv_tile') ?? (headDim !== undefined && chunks !== undefined ? headDim / chunks : undefined),
        },
        { layout: 'heads-first' },
        usual,
      );
    },
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
  usual: KernelShape = {},
): Translated | null {
  const values = [...Object.values(shape), ...Object.values(numbers)];
  if (values.some((value) => value === undefined)) return null;
  return {
    shape: { ...(shape as KernelShape), ...usual },
    stated: Object.keys(shape),
    config: { ...words, ...(numbers as Readonly<Record<string, number>>) },
  };
}
