import type { DeviceModel, KernelConfig } from '@tilewright/spec';
import { choice, dimension, limitList, setting } from '../kernel/config-values.ts';
import type { BrokenLimit, KernelShape } from '../kernel/kernel-definition.ts';
import { limitTripCount } from '../kernel/odd-trip-count.ts';
import { bufferCopies } from '../program/trip-counts.ts';

export const GEMV_CASCADE_STACK_BYTES = 1024;

/** A cascade word holds 16 f32 values; partial sums travel in whole words. */
export const CASCADE_WORD = 16;

/** Sizes of one cascade GEMV in elements, as named in dataflows.md, 3.2. */
export interface GemvCascadeTiling {
  readonly m: number;
  readonly k: number;
  /** Rows of A per column and launch iteration, and per microkernel call. */
  readonly tileM: number;
  readonly mInput: number;
  readonly herdColumns: number;
  /** Rows of cores that K is split over. */
  readonly cascadeStages: number;
  readonly pingPong: 'none' | 'L1-and-L2';
  /** Launch iterations per batch of shim tasks, at most. */
  readonly batch: number;
}

export const GEMV_CASCADE_CONFIG: readonly string[] = [
  'tileM',
  'mInput',
  'herdColumns',
  'cascadeStages',
  'pingPong',
  'batch',
];

export function gemvCascadeTiling(kernel: string, shape: KernelShape, config: KernelConfig): GemvCascadeTiling {
  return {
    m: dimension(kernel, shape, 'm'),
    k: dimension(kernel, shape, 'k'),
    tileM: setting(kernel, config, 'tileM'),
    mInput: setting(kernel, config, 'mInput'),
    herdColumns: setting(kernel, config, 'herdColumns'),
    cascadeStages: setting(kernel, config, 'cascadeStages'),
    pingPong: choice(kernel, config, 'pingPong', ['none', 'L1-and-L2']),
    batch: setting(kernel, config, 'batch'),
  };
}

/** Elements of a partial result on the cascade: the rows of a call, filled up to whole words. */
export function partialElements(rows: number): number {
  return Math.ceil(rows / CASCADE_WORD) * CASCADE_WORD;
}

/** Bytes of L1 per core, stack included: slices of A and x, the partial sums, those from the north, the output. */
export function gemvCascadeL1Bytes(t: GemvCascadeTiling, residual: boolean): number {
  const slice = t.k / t.cascadeStages;
  const copies = t.pingPong === 'none' ? 1 : bufferCopies(t.tileM / t.mInput);
  const inputs = copies * (t.mInput * slice + slice) * 2;
  const state = 2 * partialElements(t.mInput) * 4 + t.tileM * 2 * (residual ? 2 : 1);
  return inputs + state + GEMV_CASCADE_STACK_BYTES;
}

export function gemvCascadeTilingLimits(t: GemvCascadeTiling): readonly BrokenLimit[] {
  const list = limitList();
  list.holds('cascade-length', t.cascadeStages >= 2, t.cascadeStages, 2, 'a cascade has at least two rows of cores');
  list.multiple('lanes', t.k, 64 * t.cascadeStages, 'each row of cores takes a multiple of 64 of k');
  list.multiple('alignment', t.tileM, 2, 'tileM must be even: a transfer moves multiples of 4 bytes');
  list.multiple('divide-tile', t.tileM, t.mInput, 'tileM must be a multiple of mInput');
  list.multiple('divide-m', t.m, t.tileM * t.herdColumns, 'm must be a multiple of tileM · herdColumns');
  if (t.pingPong !== 'none') limitTripCount(list, t.tileM / t.mInput, 'tileM / mInput');
  return list.broken;
}

export function gemvCascadeLimits(
  t: GemvCascadeTiling,
  device: DeviceModel,
  residual: boolean,
): readonly BrokenLimit[] {
  const list = limitList();
  const { shim, memtile } = device.channels;
  list.atMost('herd-columns', t.herdColumns, device.columns, 'the herd has more columns than the array');
  list.atMost('cascade-length', t.cascadeStages, device.computeRows, 'each part of k is a row of cores');
  list.atMost(
    'shim-channels',
    t.herdColumns + t.cascadeStages,
    shim.memoryToStream * device.columns,
    'A has a shim channel per column and x one per row of cores',
  );
  list.atMost(
    'memtile-channels',
    t.cascadeStages + 1,
    memtile.memoryToStream,
    'a memtile feeds each row of its column and empties the output',
  );
  list.atMost('l1', gemvCascadeL1Bytes(t, residual), device.l1BytesPerTile, 'L1 of a core: reduce mInput or tileM');
  const copies = t.pingPong === 'L1-and-L2' && t.m > t.tileM * t.herdColumns ? 2 : 1;
  const panel = copies * t.tileM * (t.k + 1) * 2;
  list.atMost('l2', panel, device.l2BytesPerMemtile, 'the panel of A in a memtile: reduce tileM');
  return [...gemvCascadeTilingLimits(t), ...list.broken];
}
