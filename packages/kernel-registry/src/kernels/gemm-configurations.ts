import type { DeviceModel, KernelConfig } from '@tilewright/spec';
import {
  BF16_OUT,
  type GemmMethod,
  type GemmOutput,
  type GemmTiling,
  isLegalGemm,
  isLowPrecision,
} from './gemm-tiling.ts';

export interface GemmShape {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** Tiles beyond these never fit L1 beside a useful partner. */
const LARGEST_TILE_M = 64;
const LARGEST_TILE_N = 256;
const LARGEST_STEP_L1 = 128;
const LARGEST_STEP_L2 = 512;

/**
 * Every legal configuration at a shape, those that should run sooner first within a method, and of the methods of
 * full precision that one first whose best ranks best.
 */
export function gemmConfigurations(output: GemmOutput, shape: GemmShape, device: DeviceModel): Iterable<KernelConfig> {
  const best = new Map(output.methods.map((method) => [method, bestRank(output, shape, method, device)]));
  const rank = (method: GemmMethod): number =>
    isLowPrecision(output, method) ? Number.POSITIVE_INFINITY : (best.get(method) as number);
  const methods = output.methods.filter((method) => best.get(method) !== Number.POSITIVE_INFINITY);
  return lazily(
    methods.toSorted((a, b) => rank(a) - rank(b) || 0),
    (method) => rankedTilings(output, shape, method, device).map(configOf),
  );
}

/** Of a thousand configurations a plan wants the first: later methods are ranked when they are reached. */
function* lazily<Key, Value>(keys: readonly Key[], values: (key: Key) => readonly Value[]): Iterable<Value> {
  for (const key of keys) yield* values(key);
}

function configOf({ m, k, n, output, ...config }: GemmTiling): KernelConfig {
  return config;
}

function rankedTilings(output: GemmOutput, shape: GemmShape, method: GemmMethod, device: DeviceModel): GemmTiling[] {
  const ranked = [...legalTilings(output, shape, method, device)].map((tiling) => ({ tiling, rank: rankOf(tiling) }));
  return ranked.sort((a, b) => a.rank - b.rank).map(({ tiling }) => tiling);
}

function* legalTilings(
  { format }: GemmOutput,
  { m, k, n }: GemmShape,
  method: GemmMethod,
  device: DeviceModel,
): Iterable<GemmTiling> {
  const steps = stepsOf(k);
  const columnTiles = tilesOf(n, device.computeRows, LARGEST_TILE_N);
  for (const [tileM, herdColumns] of tilesOf(m, device.columns, LARGEST_TILE_M)) {
    for (const [tileN, herdRows] of columnTiles) {
      for (const [tileKL1, tileKL2] of steps) {
        const herd = { herdColumns, herdRows };
        const t = { m, k, n, output: format, method, tileM, tileN, tileKL1, tileKL2, ...herd, drainChunks: 1 };
        if (isLegalGemm(t, device)) yield t;
      }
    }
  }
}

/** Tiles and how many of them lie side by side, for an axis that they divide. */
function tilesOf(length: number, widest: number, largest: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (let side = widest; side >= 1; side--) {
    for (let tile = 16; tile <= largest && tile * side <= length; tile += 16) {
      if (length % (tile * side) === 0) pairs.push([tile, side]);
    }
  }
  return pairs;
}

/** L1 and L2 steps of K. */
function stepsOf(k: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (let l1 = 8; l1 <= Math.min(k, LARGEST_STEP_L1); l1 += 8) {
    if (k % l1 !== 0) continue;
    for (let l2 = l1; l2 <= Math.min(k, Math.max(l1, LARGEST_STEP_L2)); l2 += l1)
      if (k % l2 === 0) pairs.push([l1, l2]);
  }
  return pairs;
}

/**
 * A figure to order configurations by, not an estimate to show anyone: the published notes on what
 * binds a GEMM (facts/timing-notes.md) put together, in microseconds. Per L1 step the accumulator is
 * loaded and stored (0.10 cycle per element, 0.28 for `direct`) and a call is made (0.54 µs); per
 * iteration tasks are issued (14 µs) and `drain` casts the tile (3 cycles per element); multiplies run at 512
 * per cycle; matrices are read from L3 at 43 GB/s. 1,250 cycles per µs.
 */
function rankOf(t: GemmTiling): number {
  const tile = t.tileM * t.tileN;
  const iterations = (t.m / (t.tileM * t.herdColumns)) * (t.n / (t.tileN * t.herdRows));
  const perStep = 0.54 + (tile * ((t.method === 'direct' ? 0.28 : 0.1) + t.tileKL1 / 512)) / 1250;
  const perIteration = 14 + (t.method === 'drain' ? 3 * tile : 0) / 1250;
  const cores = iterations * ((t.k / t.tileKL1) * perStep + perIteration);
  const bytes = 2 * t.m * t.k * (t.n / (t.tileN * t.herdRows)) + 2 * t.k * t.n * (t.m / (t.tileM * t.herdColumns));
  // L2 steps cost a descriptor each; one that takes all of K cannot be filled while it is emptied.
  const l2Steps = t.k / t.tileKL2;
  const launch = Math.max(cores, bytes / 43_000) + iterations * (l2Steps === 1 ? 10 : l2Steps) * 0.05;
  return t.method === 'fused-cast' ? launch + SECOND_LAUNCH_US + (t.m * t.n * 6) / 70_000 : launch;
}

/** What two launches in one ELF take beside one of an xclbin; the cast itself reads and writes at 70 GB/s. */
const SECOND_LAUNCH_US = 320;

function bestRank(output: GemmOutput, shape: GemmShape, method: GemmMethod, device: DeviceModel): number {
  let best = Number.POSITIVE_INFINITY;
  for (const tiling of legalTilings(output, shape, method, device)) best = Math.min(best, rankOf(tiling));
  return best;
}

/** How much slower than the best padding a smaller one may rank before the larger is taken. */
const PADDING_TOLERANCE = 1.25;

/**
 * The smallest padding of a GEMM that ranks near the best one. M comes in sixteens, K in sixteens
 * (the norms and adds around it need that), N in thirty-twos or 48s, so that the herd has two rows.
 */
export function padGemm(shape: GemmShape, device: DeviceModel): GemmShape {
  const candidates: { shape: GemmShape; elements: number; rank: number }[] = [];
  for (const m of paddings(shape.m)) {
    for (const k of paddings(shape.k)) {
      for (const n of paddings(shape.n)) {
        const padded = { m, k, n };
        const rank = bestRank(BF16_OUT, padded, 'drain', device);
        if (Number.isFinite(rank)) candidates.push({ shape: padded, elements: m * k + k * n + m * n, rank });
      }
    }
  }
  const best = Math.min(...candidates.map(({ rank }) => rank));
  const near = candidates.filter(({ rank }) => rank <= best * PADDING_TOLERANCE);
  near.sort((a, b) => a.elements - b.elements);
  return near[0]?.shape ?? shape;
}

/**
 * Multiples worth a try: those that are small beside the length. They divide each other, so a padded
 * length has no candidates that the length before did not have.
 */
function paddings(length: number): number[] {
  const multiples = [16, 32, 64, 128, 256].filter((multiple) => multiple <= Math.max(32, length / 2));
  return [...new Set(multiples.map((multiple) => Math.ceil(length / multiple) * multiple))];
}
