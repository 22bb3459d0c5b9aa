import type { KernelConfig } from '@tilewright/spec';
import { assertLegal, dimension } from '../kernel/config-values.ts';
import type { BuiltKernel, KernelDefinition, KernelShape } from '../kernel/kernel-definition.ts';
import { castLaunch } from './cast-launch.ts';
import { type GemmShape, gemmConfigurations, padGemm } from './gemm-configurations.ts';
import { gemmLaunch } from './gemm-launch.ts';
import {
  type GemmOutput,
  type GemmTiling,
  gemmLimits,
  gemmTiling,
  gemmTilingLimits,
  isLowPrecision,
} from './gemm-tiling.ts';

/** The f32 product of a fused cast, in DDR between its two launches. */
const SCRATCH = 'scratch';

/** The kernel of a GEMM that gives `output`, in all of its methods. */
export function gemmKernel(
  output: GemmOutput,
  words: Pick<KernelDefinition, 'summary' | 'datapath'>,
): KernelDefinition {
  const { kernel } = output;
  const sizes = (shape: KernelShape): GemmShape => ({
    m: dimension(kernel, shape, 'm'),
    k: dimension(kernel, shape, 'k'),
    n: dimension(kernel, shape, 'n'),
  });
  return {
    name: kernel,
    version: 1,
    ...words,
    shapeNames: ['m', 'k', 'n'],
    configNames: ['method', 'tileM', 'tileN', 'tileKL1', 'tileKL2', 'herdColumns', 'herdRows', 'drainChunks'],
    wordSettings: { method: output.methods },
    isLowPrecision: ({ method }) => isLowPrecision(output, method),
    configurations: (shape, device) => gemmConfigurations(output, sizes(shape), device),
    limits: (shape, config, device) => gemmLimits(gemmTiling(output, shape, config), device),
    padded: (shape, device) => ({ ...padGemm(sizes(shape), device) }),
    build(shape: KernelShape, config: KernelConfig): BuiltKernel {
      const t = gemmTiling(output, shape, config);
      assertLegal(kernel, shape, gemmTilingLimits(t));
      return buildGemm(t);
    },
  };
}

function buildGemm(t: GemmTiling): BuiltKernel {
  const elements = t.m * t.n;
  const product = [
    { name: 'a', format: 'bf16', elements: t.m * t.k, access: 'read' },
    { name: 'b', format: 'bf16', elements: t.k * t.n, access: 'read' },
    { name: 'c', format: t.output, elements, access: 'write' },
  ] as const;
  if (t.method !== 'fused-cast') return { hostPath: 'xclbin', arguments: product, launches: [gemmLaunch(t)] };
  return {
    hostPath: 'elf',
    arguments: [...product, { name: SCRATCH, format: 'f32', elements, access: 'read-write' }],
    launches: [gemmLaunch(t, SCRATCH), castLaunch(elements, SCRATCH, 'c')],
  };
}
