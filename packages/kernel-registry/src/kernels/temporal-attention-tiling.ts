import type { DeviceModel, KernelConfig } from '@tilewright/spec';
import { limitList, setting } from '../kernel/config-values.ts';
import type { BrokenLimit, KernelShape } from '../kernel/kernel-definition.ts';
import { type AttentionShape, attentionShape, limitWidths } from './attention-shape.ts';

export const TEMPORAL_ATTENTION = 'temporal-attention';

export const TEMPORAL_ATTENTION_CONFIG = ['layout', 'lqp', 'lkp'] as const;

export const TEMPORAL_ATTENTION_STACK_BYTES = 1024;

/** A block of cores computes one query head of a group: two columns of four, a query tile on each. */
export const BLOCK = { columns: 2, rows: 4, cores: 8 } as const;
/** Rounds of queries that the core program unrolls; with more it is a loop. */
const UNROLLED_ROUNDS = 4;
const BYTES = 2;
/** Maximum, sum, factor and sums of a chunk. */
const STATE_VECTORS = 4;
/** Group and head dimension of the published hand-made column tables: Llama-3.2-3B, Llama-3.2-1B. */
const COLUMN_TABLES: readonly (readonly [group: number, headDim: number])[] = [
  [3, 128],
  [4, 64],
];

/** One temporal-causal attention in the terms of dataflows.md, 7.2; lengths in elements. */
export interface TemporalTiling extends AttentionShape {
  /** Queries of a head that its block computes in one round. */
  readonly lqp: number;
  /** Keys per chunk. */
  readonly lkp: number;
  /** Queries per core. */
  readonly tileQ: number;
  readonly rounds: number;
  /** Chunks that each round walks: its causal prefix where rounds are unrolled, all keys otherwise. */
  readonly chunksOfRound: readonly number[];
}

export function temporalTiling(shape: KernelShape, config: KernelConfig): TemporalTiling {
  const attention = attentionShape(TEMPORAL_ATTENTION, shape, config);
  const { rows } = attention;
  const lqp = setting(TEMPORAL_ATTENTION, config, 'lqp');
  const lkp = setting(TEMPORAL_ATTENTION, config, 'lkp');
  const rounds = Math.ceil(rows / lqp);
  const prefixes = Array.from({ length: rounds }, (_, round) => ((round + 1) * lqp) / lkp);
  return {
    ...attention,
    lqp,
    lkp,
    tileQ: lqp / BLOCK.cores,
    rounds,
    chunksOfRound: rounds <= UNROLLED_ROUNDS ? prefixes : prefixes.map(() => rows / lkp),
  };
}

/** Bytes of L1 per core; every buffer is single. */
export function temporalL1Bytes(t: TemporalTiling): number {
  const tile = t.tileQ * t.headDim;
  // Own queries, those of the pair as they come, the output, keys or values, scores.
  const elements = tile + 2 * tile + tile + t.lkp * t.headDim + t.tileQ * t.lkp + STATE_VECTORS * t.tileQ;
  return elements * BYTES + TEMPORAL_ATTENTION_STACK_BYTES;
}

/** Limits that hold on every device. */
export function temporalTilingLimits(t: TemporalTiling): readonly BrokenLimit[] {
  const list = limitList();
  list.holds('causal', t.causal, 0, 1, 'this variant is for causal attention only');
  list.multiple('divide-heads', t.heads, t.keyValueHeads, 'heads must be a multiple of keyValueHeads');
  list.multiple('divide-queries', t.rows, t.lqp, 'rows must be a multiple of lqp');
  list.multiple('tile-keys', t.lkp, 16, 'lkp must be a multiple of 16');
  list.holds('causal-tile', t.tileQ === t.lkp, t.tileQ, t.lkp, 'a core has lqp / 8 queries, which must equal lkp');
  list.multiple('head-dimension', t.headDim, 16, 'the head dimension must be a multiple of 16');
  limitWidths(list, t);
  return list.broken;
}

/** Limits of the device, and of what was built for it. */
export function temporalDeviceLimits(t: TemporalTiling, device: DeviceModel): readonly BrokenLimit[] {
  const list = limitList();
  list.atMost(
    'herd-columns',
    BLOCK.columns * t.group,
    device.columns,
    'each query head of a group takes two columns: use flash-attention',
  );
  list.atMost('herd-rows', BLOCK.rows, device.computeRows, 'a block of cores has four rows');
  const known = COLUMN_TABLES.some(([group, headDim]) => group === t.group && headDim === t.headDim);
  list.holds(
    'column-table',
    known,
    t.group,
    0,
    'the published kernel has hand-made column tables for groups of 3 heads of 128 and of 4 heads of 64 only',
  );
  list.atMost('l1', temporalL1Bytes(t), device.l1BytesPerTile, 'L1 of a core: reduce lkp');
  const l2 = (t.lqp * t.headDim + BLOCK.rows * t.tileQ * t.headDim) * BYTES;
  list.atMost('l2', l2, device.l2BytesPerMemtile, 'L2 of a memtile: reduce lqp');
  return list.broken;
}
