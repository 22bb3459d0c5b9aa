import type { DeviceModel, KernelConfig } from '@tilewright/spec';
import { type GemvTiling, gemvLimits } from './gemv-tiling.ts';

export interface GemvShape {
  readonly m: number;
  readonly k: number;
}

/** Beyond this the panel of A leaves L2 for any k worth having. */
const LARGEST_TILE_M = 64;

/** Every legal configuration at a shape, those that should run sooner first. */
export function gemvConfigurations(shape: GemvShape, device: DeviceModel): KernelConfig[] {
  return rankedTilings(shape, device).map(({ tiling: { m, k, ...config } }) => config);
}

function rankedTilings(shape: GemvShape, device: DeviceModel): { tiling: GemvTiling; rank: number }[] {
  const ranked: { tiling: GemvTiling; rank: number }[] = [];
  for (let herdColumns = device.columns; herdColumns >= 1; herdColumns--) {
    for (let tileM = LARGEST_TILE_M; tileM >= 2; tileM -= 2) {
      if (shape.m % (tileM * herdColumns) !== 0) continue;
      for (let mInput = tileM; mInput >= 1; mInput--) {
        if (tileM % mInput !== 0) continue;
        const tiling: GemvTiling = { ...shape, tileM, mInput, herdColumns, pingPong: 'none', batch: 4 };
        if (gemvLimits(tiling, device).length === 0) ranked.push({ tiling, rank: rankOf(tiling) });
      }
    }
  }
  return ranked.sort((a, b) => a.rank - b.rank);
}

/**
 * A figure to order configurations by, not an estimate to show anyone: what the published notes say
 * binds a GEMV (facts/timing-notes.md), in microseconds. 4.7 cycles per 16 products, a third of a
 * microsecond per call, weights at 43 GB/s, 8.5 µs per batch.
 */
function rankOf(t: GemvTiling): number {
  const rows = t.m / t.herdColumns;
  const cores = (rows * (t.k / 16) * 4.7) / 1250 + (rows / t.mInput) * 0.33;
  const batches = Math.ceil(rows / t.tileM / t.batch);
  return Math.max(cores, (t.m * t.k * 2) / 43_000) + 8.5 * batches;
}

/** Launch iterations per batch of shim tasks in the published decoders: dataflows.md, 3.1. */
const DEPLOYED_BATCH = 16;

/** The tiling as the published decoders run it: longer batches, and A and x doubled where L1 has the room. */
export function deployedGemv(tiling: GemvTiling, device: DeviceModel): KernelConfig {
  const { m, k, ...batched } = { ...tiling, batch: DEPLOYED_BATCH };
  const doubled: GemvTiling = { m, k, ...batched, pingPong: 'L1-and-L2' };
  return gemvLimits(doubled, device).length === 0 ? { ...batched, pingPong: doubled.pingPong } : batched;
}

/** How much slower than the best padding a smaller one may rank before the larger is taken. */
const PADDING_TOLERANCE = 1.25;

/** The smallest padding of a GEMV that ranks near the best one. K comes in 64s. */
export function padGemv(shape: GemvShape, device: DeviceModel): GemvShape {
  const k = Math.ceil(shape.k / 64) * 64;
  const lengths = [2, 4, 8, 16, 32, 64, 128].map((multiple) => Math.ceil(shape.m / multiple) * multiple);
  const candidates = [...new Set(lengths)].flatMap((m) => {
    const rank = rankedTilings({ m, k }, device)[0]?.rank;
    return rank === undefined ? [] : [{ m, rank }];
  });
  const best = Math.min(...candidates.map(({ rank }) => rank));
  const near = candidates.filter(({ rank }) => rank <= best * PADDING_TOLERANCE).sort((a, b) => a.m - b.m);
  return { m: near[0]?.m ?? shape.m, k };
}
