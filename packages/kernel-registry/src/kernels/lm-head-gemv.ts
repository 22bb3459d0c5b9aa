import { assertLegal, dimension, limitList } from '../kernel/config-values.ts';
import type { BrokenLimit, KernelDefinition, KernelShape } from '../kernel/kernel-definition.ts';
import { deployedGemv, type GemvShape, gemvConfigurations, padGemv } from './gemv-configurations.ts';
import { gemvLaunch } from './gemv-launch.ts';
import { GEMV_CONFIG_NAMES, gemvLimits, gemvTiling, gemvTilingLimits } from './gemv-tiling.ts';

const NAME = 'lm-head-gemv';

/** Rows of a partition in the published deployments: dataflows.md, 9.1 and 9.2. */
const PARTITION_ROWS = [16_384, 8_192] as const;

/** Partitions that one dispatch may have, each a launch: a million words in the smaller of the published sizes. */
const MOST_PARTITIONS = 128;

/**
 * How a vocabulary is cut into partitions: by the published sizes, whichever pads less; a small
 * vocabulary is one partition. `m` is rows per partition, before the kernel's own padding.
 */
export function partitionHead(vocabularySize: number): { readonly m: number; readonly partitions: number } {
  const [large, small] = PARTITION_ROWS;
  if (vocabularySize <= small) return { m: vocabularySize, partitions: 1 };
  const cuts = [large, small].map((m) => ({ m, partitions: Math.ceil(vocabularySize / m) }));
  return cuts.reduce((best, cut) => (cut.m * cut.partitions < best.m * best.partitions ? cut : best));
}

function partition(shape: KernelShape): GemvShape {
  return { m: dimension(NAME, shape, 'm'), k: dimension(NAME, shape, 'k') };
}

function partitions(shape: KernelShape): number {
  return dimension(NAME, shape, 'partitions');
}

function partitionLimits(shape: KernelShape): readonly BrokenLimit[] {
  const list = limitList();
  list.atMost('partitions', partitions(shape), MOST_PARTITIONS, 'each partition is a launch: make them larger');
  return list.broken;
}

/**
 * The LM head as one GEMV launch per partition of the vocabulary, each with its own weights `a0`,
 * `a1`, … and logits `c0`, `c1`, …, all over the same `x`. Partitions keep the iteration counts
 * within what a descriptor can repeat.
 */
export const lmHeadGemv: KernelDefinition = {
  name: NAME,
  version: 1,
  summary: 'cᵢ[m] = aᵢ[m,k]·x[k] for every partition i of the vocabulary',
  shapeNames: ['m', 'k', 'partitions'],
  configNames: GEMV_CONFIG_NAMES,
  datapath: 'As gemv.',
  configurations: (shape, device) => gemvConfigurations(partition(shape), device),
  limits: (shape, config, device) => [
    ...partitionLimits(shape),
    ...gemvLimits(gemvTiling(NAME, shape, config), device),
  ],
  padded: (shape, device) => ({ partitions: partitions(shape), ...padGemv(partition(shape), device) }),
  publishedAs: (shape) => ({ kernel: 'gemv', shape: { ...partition(shape) } }),
  deployed: (shape, config, device) => deployedGemv(gemvTiling(NAME, shape, config), device),
  build(shape, config) {
    const t = gemvTiling(NAME, shape, config);
    assertLegal(NAME, shape, [...partitionLimits(shape), ...gemvTilingLimits(t)]);
    const indices = Array.from({ length: partitions(shape) }, (_, index) => index);
    return {
      hostPath: indices.length > 1 ? 'elf' : 'xclbin',
      arguments: [
        ...indices.map((index) => ({
          name: `a${index}`,
          format: 'bf16' as const,
          elements: t.m * t.k,
          access: 'read' as const,
        })),
        { name: 'x', format: 'bf16', elements: t.k, access: 'read' },
        ...indices.map((index) => ({
          name: `c${index}`,
          format: 'bf16' as const,
          elements: t.m,
          access: 'write' as const,
        })),
      ],
      launches: indices.map((index) => gemvLaunch(`partition-${index}`, t, { a: `a${index}`, x: 'x', c: `c${index}` })),
    };
  },
};
