import type { DeviceModel, KernelConfig } from '@tilewright/spec';
import { choice, dimension, limitList, setting } from '../kernel/config-values.ts';
import type { BrokenLimit, KernelShape } from '../kernel/kernel-definition.ts';
import { corruptsOddTrips } from '../program/trip-counts.ts';

const NAME = 'gemm';

/** `drain` casts an f32 accumulator to bf16 at the end; `direct` keeps C in bf16 and rounds it at every L1 step. */
export const GEMM_METHODS = ['drain', 'direct'] as const;

/** Core stack of the GEMM objects: dataflows.md, 1.3. */
export const GEMM_STACK_BYTES = 2048;

/** Sizes of one GEMM in elements, as named in dataflows.md, 2. */
export interface GemmTiling {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly method: (typeof GEMM_METHODS)[number];
  readonly tileM: number;
  readonly tileN: number;
  /** L1 and L2 steps of K. */
  readonly tileKL1: number;
  readonly tileKL2: number;
  readonly herdColumns: number;
  readonly herdRows: number;
  /** Pieces in which the drain buffer empties. */
  readonly drainChunks: number;
}

/** Reads shape and configuration; throws `plan-invalid` where a value is missing or impossible. */
export function gemmTiling(shape: KernelShape, config: KernelConfig): GemmTiling {
  return {
    m: dimension(NAME, shape, 'm'),
    k: dimension(NAME, shape, 'k'),
    n: dimension(NAME, shape, 'n'),
    method: choice(NAME, config, 'method', GEMM_METHODS),
    tileM: setting(NAME, config, 'tileM'),
    tileN: setting(NAME, config, 'tileN'),
    tileKL1: setting(NAME, config, 'tileKL1'),
    tileKL2: setting(NAME, config, 'tileKL2'),
    herdColumns: setting(NAME, config, 'herdColumns'),
    herdRows: setting(NAME, config, 'herdRows'),
    drainChunks: setting(NAME, config, 'drainChunks'),
  };
}

/** Bytes of L1 per core, stack included: dataflows.md, 2.2. */
export function gemmL1Bytes(t: GemmTiling): number {
  const copies = t.k / t.tileKL1 > 1 ? 2 : 1;
  const inputs = copies * (t.tileM + t.tileN) * t.tileKL1 * 2;
  const tile = t.tileM * t.tileN;
  const output = t.method === 'drain' ? tile * 4 + (tile / t.drainChunks) * 2 : tile * 2;
  return output + inputs + GEMM_STACK_BYTES;
}

/** Bytes of L2 in a memtile that holds a panel of A, one of B and a column of C: dataflows.md, 2.2. */
export function gemmL2Bytes(t: GemmTiling): number {
  const copies = t.k / t.tileKL2 > 1 ? 2 : 1;
  return copies * (t.tileM + t.tileN) * t.tileKL2 * 2 + t.herdRows * t.tileM * t.tileN * 2;
}

/** 32-bit words between two L2 steps of B, which a shim descriptor must span: dataflows.md, 1.4 and 2.5. */
export function gemmStrideWords(t: GemmTiling): number {
  return t.k / t.tileKL2 > 1 ? (t.tileKL2 * t.n * 2) / 4 : 0;
}

/** What does not depend on a device: divisibility, and how often loops run. */
export function gemmTilingLimits(t: GemmTiling): readonly BrokenLimit[] {
  const list = limitList();
  list.multiple('tile-m', t.tileM, 16, 'tileM must be a multiple of 16');
  list.multiple('tile-n', t.tileN, 16, 'tileN must be a multiple of 16');
  list.multiple('tile-k', t.tileKL1, 8, 'tileKL1 must be a multiple of 8');
  list.multiple('tile-k', t.tileKL2, t.tileKL1, 'tileKL2 must be a multiple of tileKL1');
  list.multiple('divide-k', t.k, t.tileKL2, 'k must be a multiple of tileKL2');
  list.multiple('divide-m', t.m, t.tileM * t.herdColumns, 'm must be a multiple of tileM · herdColumns');
  list.multiple('divide-n', t.n, t.tileN * t.herdRows, 'n must be a multiple of tileN · herdRows');
  const trips = t.tileKL2 / t.tileKL1;
  list.holds(
    'trip-count',
    !corruptsOddTrips(trips),
    trips,
    3,
    'tileKL2 / tileKL1 must be even or at most 3: longer odd loops of doubled buffers gave wrong results',
  );
  if (t.method === 'drain') {
    const chunk = t.tileN / t.drainChunks;
    list.multiple('drain-chunks', chunk, 8, 'tileN / drainChunks must be a multiple of 8');
    const iterations = (t.m / (t.tileM * t.herdColumns)) * (t.n / (t.tileN * t.herdRows));
    list.holds(
      'herd-rows',
      t.herdRows > 1 || iterations <= 1,
      1,
      2,
      'a herd of one row runs a drain GEMM of one iteration at most: longer ones failed at run time',
    );
  } else {
    list.holds('drain-chunks', t.drainChunks === 1, t.drainChunks, 1, 'only the drain method drains in chunks');
  }
  return list.broken;
}

/** Every limit that a tiling breaks on a device. */
export function gemmLimits(t: GemmTiling, device: DeviceModel): readonly BrokenLimit[] {
  const list = limitList();
  list.atMost('herd-columns', t.herdColumns, device.columns, 'the herd has more columns than the array');
  list.atMost('herd-rows', t.herdRows, device.computeRows, 'the herd has more rows than the array');
  const { shim } = device.channels;
  list.atMost(
    'shim-channels',
    t.herdColumns + t.herdRows,
    shim.memoryToStream * device.columns,
    'too many shim channels towards the array: one per column for A and one per row for B',
  );
  list.atMost('l1', gemmL1Bytes(t), device.l1BytesPerTile, 'L1 of a core: reduce tileM, tileN or tileKL1');
  list.atMost('l2', gemmL2Bytes(t), device.l2BytesPerMemtile, 'L2 of a memtile: reduce tileKL2');
  list.atMost(
    'stride',
    gemmStrideWords(t),
    device.dma.maxStrideWords,
    'the step of B between two L2 loads is too long for a shim descriptor: reduce tileKL2',
  );
  return [...gemmTilingLimits(t), ...list.broken];
}

/** Whether `gemmLimits` is empty, without saying why: searches ask this thousands of times. */
export function isLegalGemm(t: GemmTiling, device: DeviceModel): boolean {
  const { m, k, n, tileM, tileN, tileKL1, tileKL2, herdColumns, herdRows, drainChunks } = t;
  const drain = t.method === 'drain';
  return (
    gemmL1Bytes(t) <= device.l1BytesPerTile &&
    gemmL2Bytes(t) <= device.l2BytesPerMemtile &&
    gemmStrideWords(t) <= device.dma.maxStrideWords &&
    !corruptsOddTrips(tileKL2 / tileKL1) &&
    tileM % 16 === 0 &&
    tileN % 16 === 0 &&
    tileKL1 % 8 === 0 &&
    tileKL2 % tileKL1 === 0 &&
    k % tileKL2 === 0 &&
    m % (tileM * herdColumns) === 0 &&
    n % (tileN * herdRows) === 0 &&
    herdColumns <= device.columns &&
    herdRows <= device.computeRows &&
    herdColumns + herdRows <= device.channels.shim.memoryToStream * device.columns &&
    (drain
      ? (tileN / drainChunks) % 8 === 0 && (herdRows > 1 || (m === tileM * herdColumns && n === tileN))
      : drainChunks === 1)
  );
}
