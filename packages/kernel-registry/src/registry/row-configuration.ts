import { CAST_COLUMNS, CAST_TILE } from '../kernels/cast-launch.ts';
import { flashAttentionRow, temporalAttentionRow } from './flash-attention-rows.ts';
import { gemmRow } from './gemm-rows.ts';
import { gemvAddRow, gemvCascadeRow, gemvRow, normSwigluRow, stitchedDownRow } from './gemv-rows.ts';
import type { PublishedRow } from './published-rows.ts';
import { complete, shapeOf, type Translate, type Translated } from './row-values.ts';
import { biasAddRow, elementwiseRow, residualAddRow, rowNormRow } from './streaming-rows.ts';
import { separateStreamsRow, taskStudyRow, unevenColumnsRow } from './variant-rows.ts';

/** What a published row means in the registry's terms. */
export interface RowConfiguration extends Translated {
  readonly row: PublishedRow;
  readonly kernel: string;
}

/** Which kernel a published one is, and how its rows read; a null is a method or a row that we cannot build. */
const TRANSLATIONS: Readonly<Record<string, { readonly kernel: string; readonly translate: Translate }>> = {
  GEMM: { kernel: 'gemm', translate: (row) => gemmRow(row) ?? unevenColumnsRow(row) },
  'GEMM 2x2 herd (shim feed burst study)': { kernel: 'gemm', translate: taskStudyRow },
  GEMV: { kernel: 'gemv', translate: gemvRow },
  'Down GEMV in stitched ELF': { kernel: 'gemv', translate: stitchedDownRow },
  GEMV_cascade: { kernel: 'gemv-cascade', translate: gemvCascadeRow },
  GEMV_cascade_add: { kernel: 'gemv-cascade-add', translate: gemvCascadeRow },
  GEMV_bf16_2tile_add: { kernel: 'gemv-add', translate: gemvAddRow },
  'GEMV+add (matvec_2tile_add)': { kernel: 'gemv-add', translate: gemvAddRow },
  'fused o_gemv_ffn cascade': { kernel: 'norm-swiglu-gemv', translate: normSwigluRow },
  fused_decode_cascade: { kernel: 'norm-swiglu-gemv', translate: normSwigluRow },
  EltwiseAdd: { kernel: 'add', translate: elementwiseRow('tile', { tile: 2048, herd: [8, 1] }) },
  SiLU_Mul: { kernel: 'silu-mul', translate: elementwiseRow('tile_n', { tile: 4096, herd: [8, 1] }) },
  GELU: { kernel: 'gelu', translate: elementwiseRow('tile_n', { tile: 4096, herd: [8, 2] }) },
  Cast_f32_to_bf16: { kernel: 'cast', translate: elementwiseRow('tile', { tile: CAST_TILE, herd: [CAST_COLUMNS, 1] }) },
  'BiasAdd (broadcast)': { kernel: 'bias-add', translate: biasAddRow },
  ResidualAdd: { kernel: 'add', translate: residualAddRow },
  RMSNorm: { kernel: 'rms-norm', translate: rowNormRow },
  LayerNorm: { kernel: 'layer-norm', translate: (row) => separateStreamsRow(row) ?? rowNormRow(row) },
  RoPE: {
    kernel: 'rope',
    translate: (row) =>
      complete(
        { rows: shapeOf(row, 'rows'), width: shapeOf(row, 'head_dim') },
        { herdColumns: row.herd?.[0], herdRows: row.herd?.[1] },
      ),
  },
  FlashAttention: { kernel: 'flash-attention', translate: flashAttentionRow },
  FlashAttention_temporal_causal: { kernel: 'temporal-attention', translate: temporalAttentionRow },
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
