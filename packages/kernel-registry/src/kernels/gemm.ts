import type { KernelConfig } from '@tilewright/spec';
import { assertLegal, dimension } from '../kernel/config-values.ts';
import type { BuiltKernel, KernelDefinition, KernelShape } from '../kernel/kernel-definition.ts';
import { type GemmShape, gemmConfigurations, padGemm } from './gemm-configurations.ts';
import { gemmLaunch } from './gemm-launch.ts';
import { gemmLimits, gemmTiling, gemmTilingLimits } from './gemm-tiling.ts';

const NAME = 'gemm';

function sizes(shape: KernelShape): GemmShape {
  return { m: dimension(NAME, shape, 'm'), k: dimension(NAME, shape, 'k'), n: dimension(NAME, shape, 'n') };
}

function build(shape: KernelShape, config: KernelConfig): BuiltKernel {
  const t = gemmTiling(shape, config);
  assertLegal(NAME, shape, gemmTilingLimits(t));
  return {
    hostPath: 'xclbin',
    arguments: [
      { name: 'a', format: 'bf16', elements: t.m * t.k, access: 'read' },
      { name: 'b', format: 'bf16', elements: t.k * t.n, access: 'read' },
      { name: 'c', format: 'bf16', elements: t.m * t.n, access: 'write' },
    ],
    launches: [gemmLaunch(t)],
  };
}

/** C [m, n] = A [m, k] · B [k, n], all row-major bf16: dataflows.md, 2. */
export const gemm: KernelDefinition = {
  name: NAME,
  version: 1,
  summary: 'c[m,n] = a[m,k]·b[k,n], row-major bf16, M over columns and N over rows of the herd',
  shapeNames: ['m', 'k', 'n'],
  configNames: ['method', 'tileM', 'tileN', 'tileKL1', 'tileKL2', 'herdColumns', 'herdRows', 'drainChunks'],
  datapath:
    'Both operands in bfp16ebs8 along k, f32 accumulation. drain: rounded to bf16 once (published mean relative L1 ' +
    '9.3e-3); direct: rounded to bf16 at every L1 step (10e-3 at k = 512 to 19e-3 at k = 8192).',
  configurations: (shape, device) => gemmConfigurations(sizes(shape), device),
  limits: (shape, config, device) => gemmLimits(gemmTiling(shape, config), device),
  padded: (shape, device) => ({ ...padGemm(sizes(shape), device) }),
  build,
};
