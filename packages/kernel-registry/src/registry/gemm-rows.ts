import type { KernelShape } from '../kernel/kernel-definition.ts';
import { corruptsOddTrips } from '../program/trip-counts.ts';
import type { PublishedRow } from './published-rows.ts';
import { shapeOf, type Translated, tileOf } from './row-values.ts';

/** What a row that states no size at all was about: most rows are. */
const USUAL: KernelShape = { m: 2048, k: 2048, n: 2048 };

/** Contracts of published GEMM rows, and the kernel and methods that have them. */
const KERNELS: Readonly<Record<string, { readonly kernel: string; readonly methods: readonly string[] }>> = {
  'bf16 in -> bf16 out': { kernel: 'gemm', methods: ['drain', 'direct', 'fused-cast'] },
  'bf16 in -> f32 out': { kernel: 'gemm-f32', methods: ['external', 'direct'] },
};

/**
 * A published GEMM. What it leaves open is filled in as the publisher usually has it, and said in `assumed`; null
 * for a row that states neither a shape nor a tile, or another kernel's contract.
 */
export function gemmRow(row: PublishedRow): Translated | null {
  const found = KERNELS[row.contract ?? ''];
  if (found === undefined || !found.methods.includes(row.method ?? '')) return null;
  const stated = { m: shapeOf(row, 'M'), k: shapeOf(row, 'K'), n: shapeOf(row, 'N') };
  if (Object.values(stated).every((size) => size === undefined) && tileOf(row, 'tile_n') === undefined) return null;
  const shape = { ...USUAL, ...defined(stated) };
  const { m = 0, k = 0, n = 0 } = shape;
  const assumed = Object.keys(shape).filter((name) => stated[name as keyof typeof stated] === undefined);
  const take = (name: string, value: number | undefined, usual: number): number => {
    if (value === undefined) assumed.push(name);
    return value ?? usual;
  };
  const drain = row.method === 'drain';
  const herdColumns = take(
    'herdColumns',
    row.herd?.[0],
    [8, 4, 2].find((columns) => m % (16 * columns) === 0 && m >= 32 * columns) ?? 1,
  );
  const herdRows = take('herdRows', row.herd?.[1], 4);
  const rows = m / herdColumns;
  const tileM = take('tileM', tileOf(row, 'tile_m'), rows % 16 === 0 && rows <= 64 ? rows : drain ? 32 : 64);
  const tileN = take('tileN', tileOf(row, 'tile_n'), largestDivisor(n / herdRows, 16, 128) ?? 128);
  const tileKL1 = take('tileKL1', tileOf(row, 'tile_k_l1'), k % 32 === 0 ? 32 : (largestDivisor(k, 8, 48) ?? 32));
  const tileKL2 = take('tileKL2', tileOf(row, 'tile_k_l2'), usualStepOfL2(k, tileKL1));
  return {
    kernel: found.kernel,
    shape,
    stated: Object.keys(shape),
    config: { method: row.method as string, tileM, tileN, tileKL1, tileKL2, herdColumns, herdRows, drainChunks: 1 },
    ...(assumed.length > 0 && { assumed }),
  };
}

/** The largest step up to 256 that divides K and that loops over L1 steps without harm. */
function usualStepOfL2(k: number, tileKL1: number): number {
  for (let step = Math.floor(256 / tileKL1) * tileKL1; step > tileKL1; step -= tileKL1) {
    if (k % step === 0 && !corruptsOddTrips(step / tileKL1)) return step;
  }
  return tileKL1;
}

function largestDivisor(length: number, multiple: number, limit: number): number | undefined {
  for (let size = limit; size >= multiple; size -= multiple) if (length % size === 0) return size;
  return undefined;
}

function defined(values: Readonly<Record<string, number | undefined>>): KernelShape {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
