import type { DeviceModel, KernelConfig } from '@tilewright/spec';
import { choice, dimension, limitList, setting } from '../kernel/config-values.ts';
import type { BrokenLimit, KernelShape } from '../kernel/kernel-definition.ts';
import { limitTripCount } from '../kernel/odd-trip-count.ts';
import { bufferCopies } from '../program/trip-counts.ts';

export const GEMV_STACK_BYTES = 1024;

/** Sizes of one GEMV in elements, as named in dataflows.md, 3.1. */
export interface GemvTiling {
  readonly m: number;
  readonly k: number;
  /** Rows per core and launch iteration, and per microkernel call. */
  readonly tileM: number;
  readonly mInput: number;
  readonly herdColumns: number;
  /** `none` in the stand-alone kernels, `L1-and-L2` in the deployed projections and LM head. */
  readonly pingPong: 'none' | 'L1-and-L2';
  /** Launch iterations per batch of shim tasks, at most. */
  readonly batch: number;
}

/** Settings of a GEMV; the LM head has the same. */
export const GEMV_CONFIG_NAMES: readonly string[] = ['tileM', 'mInput', 'herdColumns', 'pingPong', 'batch'];

/** Reads shape and configuration; throws `plan-invalid` where a value is missing or impossible. */
export function gemvTiling(kernel: string, shape: KernelShape, config: KernelConfig): GemvTiling {
  return {
    m: dimension(kernel, shape, 'm'),
    k: dimension(kernel, shape, 'k'),
    tileM: setting(kernel, config, 'tileM'),
    mInput: setting(kernel, config, 'mInput'),
    herdColumns: setting(kernel, config, 'herdColumns'),
    pingPong: choice(kernel, config, 'pingPong', ['none', 'L1-and-L2']),
    batch: setting(kernel, config, 'batch'),
  };
}

/** Bytes of L1 per core, stack included. The output is never doubled. */
export function gemvL1Bytes(t: GemvTiling): number {
  const copies = t.pingPong === 'none' ? 1 : bufferCopies(t.tileM / t.mInput);
  return copies * (t.mInput * t.k + t.k) * 2 + t.tileM * 2 + GEMV_STACK_BYTES;
}

/** What the published builder holds against one memtile, though each column has its own share. */
export function gemvL2Bytes(t: GemvTiling): number {
  return t.herdColumns * t.tileM * (t.k + 1) * 2;
}

/** What does not depend on a device. */
export function gemvTilingLimits(t: GemvTiling): readonly BrokenLimit[] {
  const list = limitList();
  list.multiple('lanes', t.k, 64, 'k must be a multiple of 64');
  list.multiple('alignment', t.tileM, 2, 'tileM must be even: a transfer moves multiples of 4 bytes');
  list.multiple('divide-tile', t.tileM, t.mInput, 'tileM must be a multiple of mInput');
  list.multiple('divide-m', t.m, t.tileM * t.herdColumns, 'm must be a multiple of tileM · herdColumns');
  if (t.pingPong !== 'none') limitTripCount(list, t.tileM / t.mInput, 'tileM / mInput');
  return list.broken;
}

/** Every limit that a tiling breaks on a device. */
export function gemvLimits(t: GemvTiling, device: DeviceModel): readonly BrokenLimit[] {
  const list = limitList();
  list.atMost('herd-columns', t.herdColumns, device.columns, 'the herd has more columns than the array');
  list.atMost('l1', gemvL1Bytes(t), device.l1BytesPerTile, 'L1 of a core: reduce mInput or tileM');
  list.atMost('l2', gemvL2Bytes(t), device.l2BytesPerMemtile, 'L2 budget of the panels of A: reduce tileM');
  // The counts in a descriptor and its queue are factors of the iteration count, so a large prime has no place.
  list.atMost(
    'repeat-count',
    largestPrimeFactor(t.m / (t.tileM * t.herdColumns)),
    device.dma.maxRepeatCount,
    'the number of launch iterations has a prime factor that no repeat count can hold: partition m or change tileM',
  );
  return [...gemvTilingLimits(t), ...list.broken];
}

function largestPrimeFactor(value: number): number {
  let rest = Math.floor(value);
  let largest = 1;
  for (let factor = 2; factor * factor <= rest; factor++) {
    while (rest % factor === 0) {
      largest = factor;
      rest /= factor;
    }
  }
  return Math.max(largest, rest);
}
