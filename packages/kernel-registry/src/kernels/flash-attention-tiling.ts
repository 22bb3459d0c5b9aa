import type { DeviceModel, KernelConfig } from '@tilewright/spec';
import { limitList, setting } from '../kernel/config-values.ts';
import type { BrokenLimit, KernelShape } from '../kernel/kernel-definition.ts';
import { type AttentionShape, attentionShape, limitWidths } from './attention-shape.ts';

export const FLASH_ATTENTION = 'flash-attention';

export const FLASH_ATTENTION_CONFIG = [
  'layout',
  'lqp',
  'lkp',
  'numQTiles',
  'numCascadeStages',
  'headsPerUnroll',
  'dvTile',
] as const;

export const FLASH_ATTENTION_STACK_BYTES = 1024;
const BYTES = 2;
/** Maximum, sum, factor, sums of a chunk, and the maximum and sum that come over the cascade. */
const STATE_VECTORS = 6;
/** Row 0's memtile takes a head's keys, its values and this many outputs: six channels. */
const LARGEST_GATHER = 4;

/** One attention in the terms of dataflows.md, 7.1; lengths in elements. */
export interface AttentionTiling extends AttentionShape {
  /** Queries per launch iteration. */
  readonly lqp: number;
  /** Keys per chunk; also how much of the head dimension a key tile holds. */
  readonly lkp: number;
  readonly numQTiles: number;
  readonly numCascadeStages: number;
  readonly headsPerUnroll: number;
  readonly dvTile: number;
  /** Queries per core: lqp / numQTiles. */
  readonly tileQ: number;
  /** Chunks of keys that one core walks. */
  readonly chunks: number;
  /** Tiles of the head dimension in a product of queries and keys. */
  readonly depthTiles: number;
  /** Output tiles that one memtile gathers. */
  readonly gather: number;
}

export function attentionTiling(shape: KernelShape, config: KernelConfig): AttentionTiling {
  const set = (name: (typeof FLASH_ATTENTION_CONFIG)[number]): number => setting(FLASH_ATTENTION, config, name);
  const attention = attentionShape(FLASH_ATTENTION, shape, config);
  const { rows, headDim } = attention;
  const [lqp, lkp, numQTiles, numCascadeStages] = [set('lqp'), set('lkp'), set('numQTiles'), set('numCascadeStages')];
  return {
    ...attention,
    lqp,
    lkp,
    numQTiles,
    numCascadeStages,
    headsPerUnroll: set('headsPerUnroll'),
    dvTile: set('dvTile'),
    tileQ: lqp / numQTiles,
    chunks: rows / (lkp * numCascadeStages),
    depthTiles: headDim / lkp,
    gather: largestDivisor(numQTiles, LARGEST_GATHER),
  };
}

function largestDivisor(value: number, most: number): number {
  for (let divisor = Math.min(value, most); divisor > 1; divisor--) if (value % divisor === 0) return divisor;
  return 1;
}

/** True where the heads that run side by side belong to one key-value head; else each has its own. */
export function unrollsWithinGroup(t: AttentionTiling): boolean {
  return t.group % t.headsPerUnroll === 0;
}

/** Bytes of L1 per core; every buffer is single: dataflows.md, 7.1. */
export function attentionL1Bytes(t: AttentionTiling): number {
  const query = t.tileQ * t.headDim;
  const stream = Math.max(t.tileQ, t.lkp) * t.lkp;
  const value = t.lkp * t.dvTile;
  const scores = t.tileQ * t.lkp;
  const outputs = (t.numCascadeStages > 1 ? 2 : 1) * t.tileQ * t.dvTile;
  return (query + stream + value + scores + outputs + STATE_VECTORS * t.tileQ) * BYTES + FLASH_ATTENTION_STACK_BYTES;
}

/** Limits that hold on every device: what divides what. */
export function attentionTilingLimits(t: AttentionTiling): readonly BrokenLimit[] {
  const list = limitList();
  list.multiple('divide-heads', t.heads, t.keyValueHeads, 'heads must be a multiple of keyValueHeads');
  list.multiple('divide-queries', t.rows, t.lqp, 'rows must be a multiple of lqp');
  list.multiple('divide-queries', t.lqp, t.numQTiles * 16, 'lqp must be a multiple of 16 · numQTiles');
  list.multiple('divide-keys', t.rows, t.lkp * t.numCascadeStages, 'rows must be a multiple of lkp · numCascadeStages');
  list.multiple('tile-keys', t.lkp, 16, 'lkp must be a multiple of 16');
  list.multiple('divide-head', t.headDim, t.lkp, 'the head dimension must be a multiple of lkp');
  list.multiple('divide-value', t.headDim, t.dvTile, 'the head dimension must be a multiple of dvTile');
  list.multiple('tile-value', t.dvTile, 16, 'dvTile must be a multiple of 16');
  limitWidths(list, t);
  list.holds(
    'heads-per-unroll',
    unrollsWithinGroup(t) || t.keyValueHeads % t.headsPerUnroll === 0,
    t.headsPerUnroll,
    1,
    'neither the heads of a group nor the key-value heads divide into headsPerUnroll',
  );
  if (t.causal) {
    list.holds('causal-tile', t.tileQ === t.lkp, t.tileQ, t.lkp, 'with a causal mask lqp / numQTiles must equal lkp');
  }
  list.atMost('tile-queries', t.lkp, t.tileQ, 'lqp / numQTiles below lkp hangs on hardware, for a cause not published');
  if (t.layout === 'sequence-first') {
    list.atMost('depth-tiles', t.depthTiles, 1, 'sequence-first with more than one tile of the head dimension hangs');
  }
  return list.broken;
}

/** Limits of the device: herd, cascade, shim channels, L1. */
export function attentionDeviceLimits(t: AttentionTiling, device: DeviceModel): readonly BrokenLimit[] {
  const list = limitList();
  const { shim } = device.channels;
  const columns = t.headsPerUnroll * t.numQTiles;
  list.atMost('herd-columns', columns, device.columns, 'headsPerUnroll · numQTiles columns are more than there are');
  list.atMost('cascade-stages', t.numCascadeStages, device.computeRows, 'each cascade stage is a row of cores');
  list.atMost(
    'shim-channels',
    2 * t.headsPerUnroll * t.numCascadeStages,
    shim.memoryToStream * device.columns,
    'keys and values of each head and stage have a shim channel: reduce headsPerUnroll',
  );
  list.atMost(
    'shim-channels',
    t.headsPerUnroll * (t.numQTiles / t.gather),
    shim.streamToMemory * device.columns,
    'outputs need more shim channels than there are',
  );
  list.atMost('l1', attentionL1Bytes(t), device.l1BytesPerTile, 'L1 of a core: reduce lqp / numQTiles, lkp or dvTile');
  const l2 = (Math.max(t.tileQ, t.lkp) * t.lkp + t.lkp * t.dvTile + t.gather * t.tileQ * t.dvTile) * BYTES;
  list.atMost('l2', l2, device.l2BytesPerMemtile, 'L2 of a memtile: reduce lqp');
  return list.broken;
}
