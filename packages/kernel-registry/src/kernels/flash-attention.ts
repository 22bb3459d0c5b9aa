import type { DeviceModel, KernelConfig } from '@tilewright/spec';
import { assertLegal, dimension } from '../kernel/config-values.ts';
import type { BrokenLimit, KernelDefinition, KernelShape } from '../kernel/kernel-definition.ts';
import { ATTENTION_LAYOUTS, ATTENTION_SHAPE, attentionArguments } from './attention-shape.ts';
import { attentionLaunch } from './flash-attention-launch.ts';
import {
  type AttentionTiling,
  attentionDeviceLimits,
  attentionTiling,
  attentionTilingLimits,
  FLASH_ATTENTION,
  FLASH_ATTENTION_CONFIG,
} from './flash-attention-tiling.ts';

const KEY_CHUNKS = [64, 32, 16];
const VALUE_TILES = [256, 128, 64, 32, 16];

function limits(shape: KernelShape, config: KernelConfig, device: DeviceModel): readonly BrokenLimit[] {
  const t = attentionTiling(shape, config);
  return [...attentionTilingLimits(t), ...attentionDeviceLimits(t, device)];
}

/**
 * A figure to order configurations by, not an estimate to show anyone, from the published notes on
 * what binds (facts/timing-notes.md): products at 512 multiply-accumulates per cycle, 31 cycles of
 * softmax per 16 scores, some 675 cycles per call, and keys and values re-read for every block of queries.
 */
function rankOf(t: AttentionTiling): number {
  const chunk = t.tileQ * t.lkp;
  const perChunk = (chunk * (t.headDim + t.dvTile)) / 512 + chunk * 2 + (t.depthTiles + 7) * 675;
  const iterations = (t.rows / t.lqp) * (t.heads / t.headsPerUnroll) * (t.headDim / t.dvTile);
  const perIteration = t.chunks * perChunk + t.numQTiles * t.depthTiles * 675 + (t.numCascadeStages - 1) * 3000;
  const bytes = iterations * t.headsPerUnroll * t.rows * (t.headDim + t.dvTile) * 2;
  return (iterations * perIteration) / 1250 + (0.25 * bytes) / 43_000;
}

/** Those that should run sooner first; heads first before sequence first at equal rank. */
function configurations(shape: KernelShape, device: DeviceModel): readonly KernelConfig[] {
  const rows = dimension(FLASH_ATTENTION, shape, 'rows');
  const ranked: { readonly config: KernelConfig; readonly rank: number }[] = [];
  for (const layout of ATTENTION_LAYOUTS) {
    for (const lkp of KEY_CHUNKS) {
      for (let headsPerUnroll = 2; headsPerUnroll >= 1; headsPerUnroll--) {
        for (let numQTiles = Math.min(device.columns, Math.floor(rows / lkp)); numQTiles >= 1; numQTiles--) {
          for (let numCascadeStages = device.computeRows; numCascadeStages >= 1; numCascadeStages--) {
            for (const dvTile of VALUE_TILES) {
              const lqp = numQTiles * lkp;
              const config = { layout, lqp, lkp, numQTiles, numCascadeStages, headsPerUnroll, dvTile };
              if (limits(shape, config, device).length > 0) continue;
              ranked.push({ config, rank: rankOf(attentionTiling(shape, config)) });
            }
          }
        }
      }
    }
  }
  // Sorting is stable: at equal rank the order of the loops stays.
  return ranked.sort((a, b) => a.rank - b.rank).map(({ config }) => config);
}

/** Rows come in multiples that leave several cores work; heads in sixteens. */
function padded(shape: KernelShape): KernelShape {
  const rows = dimension(FLASH_ATTENTION, shape, 'rows');
  const headDim = dimension(FLASH_ATTENTION, shape, 'headDim');
  const multiple = rows <= 64 ? 32 : rows <= 512 ? 64 : 256;
  const paddedHead = Math.ceil(headDim / 16) * 16;
  const widths = Object.fromEntries(
    ['queryWidth', 'keyValueWidth'].map((name) => {
      const width = dimension(FLASH_ATTENTION, shape, name);
      return [name, Math.ceil(width / headDim) * paddedHead];
    }),
  );
  return { ...shape, ...widths, rows: Math.ceil(rows / multiple) * multiple, headDim: paddedHead };
}

/**
 * Grouped-query attention over a whole prompt: dataflows.md, 7.1. Keys and values of a head are read
 * again for every block of queries and for every query head of its group. With a causal mask, blocks that
 * are masked as a whole are streamed and computed all the same, as the published kernels do.
 */
export const flashAttention: KernelDefinition = {
  name: FLASH_ATTENTION,
  version: 1,
  summary: 'output = softmax(q·kᵀ / √scaleDim)·v per head, q and output [heads, rows, headDim] or [rows, queryWidth]',
  shapeNames: ATTENTION_SHAPE,
  configNames: FLASH_ATTENTION_CONFIG,
  datapath:
    'Products in bfp16ebs8 with bf16 scores and outputs, a base-2 exponential that interpolates linearly, softmax ' +
    'state in bf16 (mean relative L1 3.9–4.9e-2 up to 2,048 keys; published 3.8–4.8e-2).',
  configurations,
  limits,
  padded,
  build(shape, config) {
    const t = attentionTiling(shape, config);
    assertLegal(FLASH_ATTENTION, shape, attentionTilingLimits(t));
    return {
      hostPath: 'elf',
      arguments: attentionArguments(t),
      launches: [attentionLaunch(t)],
    };
  },
};
