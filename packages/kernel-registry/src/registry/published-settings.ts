import type { KernelConfig } from '@tilewright/spec';
import type { KernelShape } from '../kernel/kernel-definition.ts';

/** A shape and configuration by the publisher's names, for the command line of the real kernel. */
export interface PublishedSettings {
  /** The publisher's name: `GEMM`, `EltwiseAdd`, … */
  readonly kernel: string;
  readonly contract?: string;
  readonly method?: string;
  readonly shape: Readonly<Record<string, number>>;
  readonly tile: Readonly<Record<string, number | string>>;
  /** Columns by rows. */
  readonly herd: readonly [number, number];
}

interface Names {
  readonly kernel: string;
  readonly contract?: string;
  /** Ours to theirs; what is not named is not the publisher's to choose. */
  readonly shape: Readonly<Record<string, string>>;
  readonly tile: Readonly<Record<string, string>>;
}

const PRODUCT = { m: 'M', k: 'K', n: 'N' };
const GEMM_TILE = { tileM: 'tile_m', tileN: 'tile_n', tileKL1: 'tile_k_l1', tileKL2: 'tile_k_l2' };
const ROWS = { rows: 'M', width: 'N' };
const ELEMENTS = { elements: 'N' };

const NAMES: Readonly<Record<string, Names>> = {
  add: { kernel: 'EltwiseAdd', shape: ELEMENTS, tile: { tile: 'tile' } },
  'flash-attention': {
    kernel: 'FlashAttention',
    shape: { heads: 'q_heads', keyValueHeads: 'kv_heads', rows: 'lq', headDim: 'dk' },
    tile: {
      lqp: 'lqp',
      lkp: 'lkp',
      numQTiles: 'num_q_tiles',
      numCascadeStages: 'num_cascade_stages',
      headsPerUnroll: 'num_heads_per_unroll',
      dvTile: 'dv_tile',
    },
  },
  gelu: { kernel: 'GELU', shape: ELEMENTS, tile: { tile: 'tile_n' } },
  gemm: { kernel: 'GEMM', contract: 'bf16 in -> bf16 out', shape: PRODUCT, tile: GEMM_TILE },
  'gemm-f32': { kernel: 'GEMM', contract: 'bf16 in -> f32 out', shape: PRODUCT, tile: GEMM_TILE },
  gemv: { kernel: 'GEMV', shape: { m: 'M', k: 'K' }, tile: { tileM: 'tile_m', mInput: 'm_input' } },
  'layer-norm': { kernel: 'LayerNorm', shape: ROWS, tile: {} },
  'rms-norm': { kernel: 'RMSNorm', shape: ROWS, tile: {} },
  rope: { kernel: 'RoPE', shape: { rows: 'rows', width: 'head_dim' }, tile: {} },
  'silu-mul': { kernel: 'SiLU_Mul', shape: ELEMENTS, tile: { tile: 'tile_n' } },
};

/** Null for a kernel of which nothing is published. */
export function publishedSettings(kernel: string, shape: KernelShape, config: KernelConfig): PublishedSettings | null {
  const names = NAMES[kernel];
  if (names === undefined) return null;
  const columns = config.herdColumns ?? Number(config.numQTiles ?? 1) * Number(config.headsPerUnroll ?? 1);
  const rows = config.herdRows ?? config.numCascadeStages ?? 1;
  return {
    kernel: names.kernel,
    ...(names.contract !== undefined && { contract: names.contract }),
    ...(typeof config.method === 'string' && { method: config.method }),
    shape: renamed(shape, names.shape) as Record<string, number>,
    tile: renamed(config, names.tile) as Record<string, number | string>,
    herd: [Number(columns), Number(rows)],
  };
}

function renamed(
  values: Readonly<Record<string, unknown>>,
  names: Readonly<Record<string, string>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(names).flatMap(([ours, theirs]) => (ours in values ? [[theirs, values[ours]]] : [])),
  );
}
