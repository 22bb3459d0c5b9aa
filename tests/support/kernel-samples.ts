import type { KernelDefinition, KernelShape } from '@tilewright/kernel-registry';
import type { DeviceModel, KernelConfig, SeededRandom } from '@tilewright/spec';

/** How the agreement test draws shapes of one kernel, and settings that its own list does not vary. */
export interface KernelSampling {
  shape(random: SeededRandom): KernelShape;
  vary?(config: KernelConfig, random: SeededRandom): KernelConfig;
  /** Fewer samples than usual, of a kernel whose smallest shapes keep the literal interpreter busy for long. */
  readonly samples?: number;
}

export interface KernelSample {
  readonly shape: KernelShape;
  readonly config: KernelConfig;
}

const sixteens = (random: SeededRandom, most: number): number => 16 * random.integer(1, most + 1);
const GEMV_VARIATIONS = { pingPong: ['none', 'L1-and-L2'] as const, batch: [1, 2, 4, 16] as const };

const gemv = (random: SeededRandom): KernelShape => ({ m: 2 * random.integer(1, 49), k: 64 * random.integer(1, 5) });
const varyGemv = (config: KernelConfig, random: SeededRandom): KernelConfig => ({
  ...config,
  pingPong: random.pick(GEMV_VARIATIONS.pingPong),
  batch: random.pick(GEMV_VARIATIONS.batch),
});

/** K of at least two rows of cores, 64 each. */
const cascade = (random: SeededRandom): KernelShape => ({
  m: 2 * random.integer(1, 49),
  k: 64 * random.integer(2, 9),
});
const varyCascade = (config: KernelConfig, random: SeededRandom): KernelConfig => ({
  ...config,
  pingPong: random.pick(GEMV_VARIATIONS.pingPong),
  batch: random.pick([1, 2, 4]),
});

/** Products, one in four of a size that a fused cast takes: eight cores of 2,048 elements. */
function product(random: SeededRandom): KernelShape {
  const k = 8 * random.integer(1, 17);
  if (random.integer(0, 4) > 0) return { m: sixteens(random, 6), k, n: sixteens(random, 6) };
  const m = random.pick([32, 64, 128, 256]);
  return { m, k, n: 16_384 / m };
}

function varyProduct(methods: readonly string[]) {
  return (config: KernelConfig, random: SeededRandom): KernelConfig => {
    const method = random.pick(methods);
    return { ...config, method, drainChunks: method === 'drain' ? random.pick([1, 1, 2, 4]) : 1 };
  };
}

/** Rows of which the last elements are padding, which does not count into the mean. */
function normRows(random: SeededRandom): KernelShape {
  const width = sixteens(random, 12);
  return {
    rows: random.integer(1, 33),
    width,
    count: width - random.integer(0, 16),
    epsilon: random.pick([1e-5, 1e-6]),
  };
}

function attention(random: SeededRandom): KernelShape {
  const keyValueHeads = random.integer(1, 3);
  const heads = keyValueHeads * random.integer(1, 4);
  const headDim = random.pick([16, 32, 48, 64]);
  return {
    heads,
    keyValueHeads,
    rows: sixteens(random, 8),
    headDim,
    scaleDim: headDim - random.integer(0, 8),
    queryWidth: heads * headDim,
    keyValueWidth: keyValueHeads * headDim,
    causal: random.integer(0, 2),
  };
}

/** Small shapes, so that the literal interpreter is done with one in some milliseconds. */
export const SAMPLING: ReadonlyMap<string, KernelSampling> = new Map<string, KernelSampling>([
  ['add', { shape: (random) => ({ elements: sixteens(random, 128) }) }],
  ['bias-add', { shape: (random) => ({ rows: random.integer(1, 25), width: sixteens(random, 8) }) }],
  ['cast', { shape: (random) => ({ elements: sixteens(random, 128) }) }],
  ['gelu', { shape: (random) => ({ elements: sixteens(random, 128) }) }],
  ['gemm', { shape: product, vary: varyProduct(['drain', 'direct', 'fused-cast']) }],
  ['gemm-f32', { shape: product, vary: varyProduct(['external', 'direct']) }],
  ['gemv', { shape: gemv, vary: varyGemv }],
  [
    'gemv-add',
    {
      samples: 40,
      // Large ones now and then: there are not enough small ones for a long run.
      shape: (random) => {
        const blocks = random.integer(0, 5) === 0 ? random.integer(33, 130) : random.integer(1, 33);
        return { m: 8 * blocks, k: 512 * random.integer(1, 5) };
      },
    },
  ],
  ['gemv-cascade', { shape: cascade, vary: varyCascade }],
  ['gemv-cascade-add', { shape: cascade, vary: varyCascade }],
  [
    'temporal-attention',
    {
      samples: 6,
      shape: (random) => {
        const [group, headDim] = random.pick([
          [3, 128],
          [4, 64],
        ] as const);
        const heads = { heads: group, keyValueHeads: 1, queryWidth: group * headDim, keyValueWidth: headDim };
        // One to five rounds of queries, of which more than four are a loop; few of the long ones, whose cost is quadratic.
        const rows = 128 * random.pick([1, 1, 1, 1, 2, 2, 2, 2, 3, 5]);
        return { ...heads, rows, headDim, scaleDim: headDim - random.integer(0, 8), causal: 1 };
      },
    },
  ],
  [
    'norm-swiglu-gemv',
    {
      samples: 16,
      shape: (random) => {
        const k = 64 * random.integer(2, 5);
        return { hidden: 512, k, count: k - random.integer(0, 16), epsilon: random.pick([1e-5, 1e-6]) };
      },
    },
  ],
  ['layer-norm', { shape: normRows }],
  ['rms-norm', { shape: normRows }],
  ['rms-norm-bf16-sum', { shape: normRows }],
  ['qk-norm', { shape: normRows }],
  ['rope', { shape: (random) => ({ rows: random.integer(1, 49), width: 32 * random.integer(1, 5) }) }],
  ['silu-mul', { shape: (random) => ({ elements: sixteens(random, 128) }) }],
  ['flash-attention', { shape: attention }],
  ['lm-head-gemv', { shape: (random) => ({ ...gemv(random), partitions: random.integer(1, 4) }), vary: varyGemv }],
]);

/**
 * Draws legal configurations until `count` different ones are found. Where there are fewer, they come again if
 * `again` says so (to meet other data), and else it throws, as where the kernel has none: the sampling would then
 * test nothing.
 */
export function drawSamples(
  kernel: KernelDefinition,
  sampling: KernelSampling,
  device: DeviceModel,
  random: SeededRandom,
  count: number,
  again = false,
): readonly KernelSample[] {
  const samples = new Map<string, KernelSample>();
  for (let attempt = 0; samples.size < count; attempt++) {
    if (again && samples.size > 0 && attempt > 20 * count) break;
    if (attempt > 100 * count) throw new Error(`${kernel.name}: only ${samples.size} configurations found.`);
    const shape = sampling.shape(random);
    const listed = [...kernel.configurations(shape, device)];
    if (listed.length === 0) continue;
    const drawn = random.pick(listed);
    const varied = sampling.vary?.(drawn, random) ?? drawn;
    const config = kernel.limits(shape, varied, device).length === 0 ? varied : drawn;
    samples.set(JSON.stringify([shape, config]), { shape, config });
  }
  const different = [...samples.values()];
  return Array.from({ length: count }, (_, index) => different[index % different.length] as KernelSample);
}
