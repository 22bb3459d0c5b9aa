import { assertLegal, dimension } from '../kernel/config-values.ts';
import type { KernelDefinition, KernelShape } from '../kernel/kernel-definition.ts';
import { deployedGemv, type GemvShape, gemvConfigurations, padGemv } from './gemv-configurations.ts';
import { gemvLaunch } from './gemv-launch.ts';
import { GEMV_CONFIG_NAMES, gemvLimits, gemvTiling, gemvTilingLimits } from './gemv-tiling.ts';

const NAME = 'gemv';

function sizes(shape: KernelShape): GemvShape {
  return { m: dimension(NAME, shape, 'm'), k: dimension(NAME, shape, 'k') };
}

/** c [m] = A [m, k] · x [k], row-major bf16: dataflows.md, 3.1. */
export const gemv: KernelDefinition = {
  name: NAME,
  version: 1,
  summary: 'c[m] = a[m,k]·x[k], rows over columns of the array',
  shapeNames: ['m', 'k'],
  configNames: GEMV_CONFIG_NAMES,
  datapath: 'Exact bf16 products, f32 accumulation, one rounding to bf16, nearest even (published near 1e-9).',
  configurations: (shape, device) => gemvConfigurations(sizes(shape), device),
  limits: (shape, config, device) => gemvLimits(gemvTiling(NAME, shape, config), device),
  padded: (shape, device) => ({ ...padGemv(sizes(shape), device) }),
  deployed: (shape, config, device) => deployedGemv(gemvTiling(NAME, shape, config), device),
  build(shape, config) {
    const t = gemvTiling(NAME, shape, config);
    assertLegal(NAME, shape, gemvTilingLimits(t));
    return {
      hostPath: 'xclbin',
      arguments: [
        { name: 'a', format: 'bf16', elements: t.m * t.k, access: 'read' },
        { name: 'x', format: 'bf16', elements: t.k, access: 'read' },
        { name: 'c', format: 'bf16', elements: t.m, access: 'write' },
      ],
      launches: [gemvLaunch(NAME, t, { a: 'a', x: 'x', c: 'c' })],
    };
  },
};
