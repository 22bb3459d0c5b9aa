import { BYTES_PER_ELEMENT, type DeviceModel, type KernelConfig } from '@tilewright/spec';
import { choice, dimension, limitList, setting } from '../kernel/config-values.ts';
import type { BrokenLimit, KernelShape } from '../kernel/kernel-definition.ts';
import { bufferCopies, corruptsOddTrips } from '../program/trip-counts.ts';
import { CAST_COLUMNS, CAST_TILE } from './cast-launch.ts';

/**
 * How C leaves the cores. With bf16 out: `drain` casts an f32 accumulator in the core and drains that; `direct`
 * keeps C in bf16 and rounds it at every L1 step; `fused-cast` drains f32 into scratch memory and rounds it in a
 * second launch. With f32 out: `external` drains the accumulator of the library kernel, `direct` that of generated code.
 */
export type GemmMethod = 'drain' | 'direct' | 'fused-cast' | 'external';

/** A GEMM by what it gives: which methods there are for it. */
export interface GemmOutput {
  readonly kernel: string;
  readonly format: 'bf16' | 'f32';
  readonly methods: readonly GemmMethod[];
}

export const BF16_OUT: GemmOutput = { kernel: 'gemm', format: 'bf16', methods: ['drain', 'direct', 'fused-cast'] };
export const F32_OUT: GemmOutput = { kernel: 'gemm-f32', format: 'f32', methods: ['external', 'direct'] };

/** `direct` with a bf16 result rounds its partial sums: its errors are up to twice those of the others. */
export function isLowPrecision({ format }: GemmOutput, method: unknown): boolean {
  return format === 'bf16' && method === 'direct';
}

/** Core stack of the GEMM objects: dataflows.md, 1.3. */
export const GEMM_STACK_BYTES = 2048;

/** Sizes of one GEMM in elements, as named in dataflows.md, 2. */
export interface GemmTiling {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** What the kernel as a whole gives. */
  readonly output: 'bf16' | 'f32';
  readonly method: GemmMethod;
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
export function gemmTiling(
  { kernel, format, methods }: GemmOutput,
  shape: KernelShape,
  config: KernelConfig,
): GemmTiling {
  return {
    m: dimension(kernel, shape, 'm'),
    k: dimension(kernel, shape, 'k'),
    n: dimension(kernel, shape, 'n'),
    output: format,
    method: choice(kernel, config, 'method', methods),
    tileM: setting(kernel, config, 'tileM'),
    tileN: setting(kernel, config, 'tileN'),
    tileKL1: setting(kernel, config, 'tileKL1'),
    tileKL2: setting(kernel, config, 'tileKL2'),
    herdColumns: setting(kernel, config, 'herdColumns'),
    herdRows: setting(kernel, config, 'herdRows'),
    drainChunks: setting(kernel, config, 'drainChunks'),
  };
}

/** What the cores accumulate in: f32, but for the low-precision `direct`. */
export function accumulatorFormat(t: GemmTiling): 'bf16' | 'f32' {
  return t.method === 'direct' ? t.output : 'f32';
}

/** What leaves the cores of the multiplying launch: a fused cast rounds only behind it. */
export function drainedFormat(t: GemmTiling): 'bf16' | 'f32' {
  return t.method === 'fused-cast' ? 'f32' : t.output;
}

/** Trips of the core's loop over A and B: the one over L1 steps, or that over L2 steps where there is one L1 step in each. */
function innermostTrips({ k, tileKL1, tileKL2 }: GemmTiling): number {
  return tileKL2 > tileKL1 ? tileKL2 / tileKL1 : k / tileKL2;
}

/** Bytes of L1 per core, stack included: dataflows.md, 2.2. */
export function gemmL1Bytes(t: GemmTiling): number {
  const inputs = bufferCopies(innermostTrips(t)) * (t.tileM + t.tileN) * t.tileKL1 * 2;
  const tile = t.tileM * t.tileN;
  const accumulator = tile * BYTES_PER_ELEMENT[accumulatorFormat(t)];
  const drained = t.method === 'drain' ? bufferCopies(t.drainChunks) * (tile / t.drainChunks) * 2 : 0;
  return accumulator + drained + inputs + GEMM_STACK_BYTES;
}

/** Bytes of L2 in a memtile that holds a panel of A, one of B and a column of C: dataflows.md, 2.2. */
export function gemmL2Bytes(t: GemmTiling): number {
  const copies = t.k / t.tileKL2 > 1 ? 2 : 1;
  return (
    copies * (t.tileM + t.tileN) * t.tileKL2 * 2 + t.herdRows * t.tileM * t.tileN * BYTES_PER_ELEMENT[drainedFormat(t)]
  );
}

/** 32-bit words between two L2 steps of B, which a shim descriptor must span: dataflows.md, 1.4 and 2.5. */
export function gemmStrideWords(t: GemmTiling): number {
  return t.k / t.tileKL2 > 1 ? (t.tileKL2 * t.n * 2) / 4 : 0;
}

/** Whether the tiles make up the shape: without this there is no program to build. */
export function gemmTilingLimits(t: GemmTiling): readonly BrokenLimit[] {
  const list = limitList();
  list.multiple('tile-m', t.tileM, 16, 'tileM must be a multiple of 16');
  list.multiple('tile-n', t.tileN, 16, 'tileN must be a multiple of 16');
  list.multiple('tile-k', t.tileKL1, 8, 'tileKL1 must be a multiple of 8');
  list.multiple('tile-k', t.tileKL2, t.tileKL1, 'tileKL2 must be a multiple of tileKL1');
  list.multiple('divide-k', t.k, t.tileKL2, 'k must be a multiple of tileKL2');
  list.multiple('divide-m', t.m, t.tileM * t.herdColumns, 'm must be a multiple of tileM · herdColumns');
  list.multiple('divide-n', t.n, t.tileN * t.herdRows, 'n must be a multiple of tileN · herdRows');
  if (t.method === 'drain') {
    const chunk = t.tileN / t.drainChunks;
    list.multiple('drain-chunks', chunk, 8, 'tileN / drainChunks must be a multiple of 8');
  } else {
    list.holds('drain-chunks', t.drainChunks === 1, t.drainChunks, 1, 'only the drain method drains in chunks');
  }
  if (t.method === 'fused-cast') {
    list.multiple(
      'divide-cast',
      t.m * t.n,
      CAST_COLUMNS * CAST_TILE,
      'm · n must be a multiple of 8 · 2048, which the cast launch takes at a time: pad m or n, or choose drain',
    );
  }
  return list.broken;
}

/** What compiles and yet failed when it ran, or ran and gave wrong numbers, in published runs. */
function gemmRunLimits(t: GemmTiling): readonly BrokenLimit[] {
  const list = limitList();
  const trips = innermostTrips(t);
  list.holds(
    'trip-count',
    !corruptsOddTrips(trips),
    trips,
    3,
    'tileKL2 / tileKL1 (where it is 1, k / tileKL2) must be even or at most 3: longer odd loops of doubled buffers gave wrong results',
  );
  if (t.method === 'drain') {
    list.holds(
      'drain-trip-count',
      !corruptsOddTrips(t.drainChunks),
      t.drainChunks,
      3,
      'drainChunks must be even or at most 3: longer odd loops of doubled buffers gave wrong results',
    );
  }
  const iterations = (t.m / (t.tileM * t.herdColumns)) * (t.n / (t.tileN * t.herdRows));
  list.holds(
    'herd-rows',
    !needsRows(t) || t.herdRows > 1 || iterations <= 1,
    1,
    2,
    `a herd of one row runs a ${t.method} GEMM of one iteration at most: longer ones failed at run time`,
  );
  if (t.method === 'fused-cast') {
    const steps = castSteps(t);
    list.holds(
      'cast-trip-count',
      !corruptsOddTrips(steps),
      steps,
      3,
      'm · n / (8 · 2048) must be even or at most 3: longer odd loops of doubled buffers gave wrong results',
    );
  }
  return list.broken;
}

/** Methods of which a herd with one row failed when it ran: dataflows.md, 2.5. */
function needsRows({ method }: GemmTiling): boolean {
  return method === 'drain' || method === 'fused-cast';
}

function castSteps(t: GemmTiling): number {
  return (t.m * t.n) / (CAST_COLUMNS * CAST_TILE);
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
  return [...gemmTilingLimits(t), ...gemmRunLimits(t), ...list.broken];
}

/** Whether `gemmLimits` is empty, without saying why: searches ask this thousands of times. */
export function isLegalGemm(t: GemmTiling, device: DeviceModel): boolean {
  const { m, k, n, tileM, tileN, tileKL1, tileKL2, herdColumns, herdRows, drainChunks } = t;
  return (
    gemmL1Bytes(t) <= device.l1BytesPerTile &&
    gemmL2Bytes(t) <= device.l2BytesPerMemtile &&
    gemmStrideWords(t) <= device.dma.maxStrideWords &&
    !corruptsOddTrips(innermostTrips(t)) &&
    (t.method !== 'drain' || !corruptsOddTrips(drainChunks)) &&
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
    (t.method === 'drain' ? (tileN / drainChunks) % 8 === 0 : drainChunks === 1) &&
    (!needsRows(t) || herdRows > 1 || (m === tileM * herdColumns && n === tileN)) &&
    (t.method !== 'fused-cast' || (castSteps(t) % 1 === 0 && !corruptsOddTrips(castSteps(t))))
  );
}
