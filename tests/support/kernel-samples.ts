import type { KernelDefinition, KernelShape } from '@tilewright/kernel-registry';
import type { DeviceModel, KernelConfig, SeededRandom } from '@tilewright/spec';

/** How the agreement test draws shapes of one kernel, and settings that its own list does not vary. */
export interface KernelSampling {
  shape(random: SeededRandom): KernelShape;
  vary?(config: KernelConfig, random: SeededRandom): KernelConfig;
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
  [
    'gemm',
    {
      shape: (random) => ({ m: sixteens(random, 6), k: 8 * random.integer(1, 17), n: sixteens(random, 6) }),
      vary: (config, random) => ({ ...config, drainChunks: random.pick([1, 1, 2, 4]) }),
    },
  ],
  ['gemv', { shape: gemv, vary: varyGemv }],
  ['gemv-add', { shape: (random) => ({ m: 8 * random.integer(1, 65), k: 512 * random.integer(1, 4) }) }],
  ['gemv-cascade', { shape: cascade, vary: varyCascade }],
  ['gemv-cascade-add', { shape: cascade, vary: varyCascade }],
  [
    'norm-swiglu-gemv',
    {
      shape: (random) => {
        const k = 64 * random.integer(2, 9);
        return { hidden: 512, k, count: k - random.integer(0, 16), epsilon: random.pick([1e-5, 1e-6]) };
      },
    },
  ],
  ['rms-norm', { shape: normRows }],
  ['qk-norm', { shape: normRows }],
  ['rope', { shape: (random) => ({ rows: random.integer(1, 49), width: 32 * random.integer(1, 5) }) }],
  ['silu-mul', { shape: (random) => ({ elements: sixteens(random, 128) }) }],
  ['flash-attention', { shape: attention }],
  ['lm-head-gemv', { shape: (random) => ({ ...gemv(random), partitions: random.integer(1, 4) }), vary: varyGemv }],
]);

/**
 * Draws legal configurations until `count` different ones are found. Throws where the kernel has
 * none at too many shapes in a row: the sampling would then test nothing.
 */
export function drawSamples(
  kernel: KernelDefinition,
  sampling: KernelSampling,
  device: DeviceModel,
  random: SeededRandom,
  count: number,
): readonly KernelSample[] {
  const samples = new Map<string, KernelSample>();
  for (let attempt = 0; samples.size < count; attempt++) {
    if (attempt > 100 * count) throw new Error(`${kernel.name}: only ${samples.size} configurations found.`);
    const shape = sampling.shape(random);
    const listed = [...kernel.configurations(shape, device)];
    if (listed.length === 0) continue;
    const drawn = random.pick(listed);
    const varied = sampling.vary?.(drawn, random) ?? drawn;
    const config = kernel.limits(shape, varied, device).length === 0 ? varied : drawn;
    samples.set(JSON.stringify([shape, config]), { shape, config });
  }
  return [...samples.values()];
}
