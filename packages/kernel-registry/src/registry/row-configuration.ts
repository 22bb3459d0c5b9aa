import { flashAttentionRow } from './flash-attention-rows.ts';
import { gemvAddRow, gemvCascadeRow, gemvRow, normSwigluRow, stitchedDownRow } from './gemv-rows.ts';
import type { PublishedRow } from './published-rows.ts';
import { complete, shapeOf, type Translate, type Translated, tileOf } from './row-values.ts';

/** What a published row means in the registry's terms. */
export interface RowConfiguration extends Translated {
  readonly row: PublishedRow;
  readonly kernel: string;
}

/** Which kernel a published one is, and how its rows read; a null is a method or a row that we cannot build. */
const TRANSLATIONS: Readonly<Record<string, { readonly kernel: string; readonly translate: Translate }>> = {
  GEMM: {
    kernel: 'gemm',
    translate: (row) => {
      if (row.contract !== 'bf16 in -> bf16 out') return null;
      if (row.method !== 'drain' && row.method !== 'direct') return null;
      return complete(
        { m: shapeOf(row, 'M'), k: shapeOf(row, 'K'), n: shapeOf(row, 'N') },
        {
          tileM: tileOf(row, 'tile_m'),
          tileN: tileOf(row, 'tile_n'),
          tileKL1: tileOf(row, 'tile_k_l1'),
          tileKL2: tileOf(row, 'tile_k_l2'),
          herdColumns: row.herd?.[0],
          herdRows: row.herd?.[1],
          drainChunks: 1,
        },
        { method: row.method },
      );
    },
  },
  GEMV: { kernel: 'gemv', translate: gemvRow },
  'Down GEMV in stitched ELF': { kernel: 'gemv', translate: stitchedDownRow },
  GEMV_cascade: { kernel: 'gemv-cascade', translate: gemvCascadeRow },
  GEMV_cascade_add: { kernel: 'gemv-cascade-add', translate: gemvCascadeRow },
  GEMV_bf16_2tile_add: { kernel: 'gemv-add', translate: gemvAddRow },
  'GEMV+add (matvec_2tile_add)': { kernel: 'gemv-add', translate: gemvAddRow },
  'fused o_gemv_ffn cascade': { kernel: 'norm-swiglu-gemv', translate: normSwigluRow },
  fused_decode_cascade: { kernel: 'norm-swiglu-gemv', translate: normSwigluRow },
  EltwiseAdd: {
    kernel: 'add',
    translate: (row) =>
      complete(
        { elements: shapeOf(row, 'N') },
        { tile: tileOf(row, 'tile'), herdColumns: row.herd?.[0], herdRows: row.herd?.[1] },
      ),
  },
  RMSNorm: {
    kernel: 'rms-norm',
    translate: (row) => {
      if (row.contract?.startsWith('bf16 reduction') === true) return null;
      const width = shapeOf(row, 'N');
      const usual = { count: width ?? 0, epsilon: 1e-5 };
      return complete({ rows: shapeOf(row, 'M'), width }, { herdColumns: row.herd?.[0] }, {}, usual);
    },
  },
  RoPE: {
    kernel: 'rope',
    translate: (row) =>
      complete(
        { rows: shapeOf(row, 'rows'), width: shapeOf(row, 'head_dim') },
        { herdColumns: row.herd?.[0], herdRows: row.herd?.[1] },
      ),
  },
  SiLU_Mul: {
    kernel: 'silu-mul',
    translate: (row) =>
      complete(
        { elements: shapeOf(row, 'N') },
        { tile: tileOf(row, 'tile_n'), herdColumns: row.herd?.[0], herdRows: row.herd?.[1] },
      ),
  },
  FlashAttention: { kernel: 'flash-attention', translate: flashAttentionRow },
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
