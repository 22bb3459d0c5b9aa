import type { DeviceModel, KernelConfig } from '@tilewright/spec';
import { assertLegal, dimension } from '../kernel/config-values.ts';
import type { KernelDefinition, KernelShape } from '../kernel/kernel-definition.ts';
import { gemvCascadeLaunch } from './gemv-cascade-launch.ts';
import {
  GEMV_CASCADE_CONFIG,
  type GemvCascadeTiling,
  gemvCascadeLimits,
  gemvCascadeTiling,
  gemvCascadeTilingLimits,
} from './gemv-cascade-tiling.ts';

const LARGEST_TILE_M = 32;

function cascadeKernel(name: string, residual: boolean): KernelDefinition {
  const limits: KernelDefinition['limits'] = (shape, config, device) =>
    gemvCascadeLimits(gemvCascadeTiling(name, shape, config), device, residual);
  return {
    name,
    version: 1,
    summary: `c[m] = ${residual ? 'residual[m] + ' : ''}a[m,k]·x[k], rows over columns of the array and k over its rows`,
    shapeNames: ['m', 'k'],
    configNames: GEMV_CASCADE_CONFIG,
    datapath: 'Exact bf16 products, f32 lanes and partial sums, one rounding to bf16, nearest even.',
    configurations: (shape, device) => configurations(name, shape, device, residual),
    limits,
    // Two rows of cores are the shortest cascade, and a transfer moves pairs of elements.
    padded: (shape) => ({
      m: Math.ceil(dimension(name, shape, 'm') / 2) * 2,
      k: Math.ceil(dimension(name, shape, 'k') / 128) * 128,
    }),
    build(shape, config) {
      const t = gemvCascadeTiling(name, shape, config);
      assertLegal(name, shape, gemvCascadeTilingLimits(t));
      return {
        hostPath: 'xclbin',
        arguments: [
          { name: 'a', format: 'bf16', elements: t.m * t.k, access: 'read' },
          { name: 'x', format: 'bf16', elements: t.k, access: 'read' },
          ...(residual ? [{ name: 'residual', format: 'bf16' as const, elements: t.m, access: 'read' as const }] : []),
          { name: 'c', format: 'bf16', elements: t.m, access: 'write' },
        ],
        launches: [gemvCascadeLaunch(name, t, residual)],
      };
    },
  };
}

/** All columns and the longest cascade first, then few large panels; calls as large as L1 takes. */
function* configurations(
  name: string,
  shape: KernelShape,
  device: DeviceModel,
  residual: boolean,
): Iterable<KernelConfig> {
  const [m, k] = [dimension(name, shape, 'm'), dimension(name, shape, 'k')];
  for (let herdColumns = device.columns; herdColumns >= 1; herdColumns--) {
    for (let cascadeStages = device.computeRows; cascadeStages >= 2; cascadeStages--) {
      for (let tileM = LARGEST_TILE_M; tileM >= 2; tileM -= 2) {
        if (m % (tileM * herdColumns) !== 0) continue;
        for (let mInput = tileM; mInput >= 1; mInput--) {
          if (tileM % mInput !== 0) continue;
          const tiling: GemvCascadeTiling = {
            ...{ m, k, tileM, mInput, herdColumns, cascadeStages },
            pingPong: 'none',
            batch: residual ? 2 : 4,
          };
          const { m: _m, k: _k, ...config } = tiling;
          if (gemvCascadeLimits(tiling, device, residual).length === 0) yield config;
        }
      }
    }
  }
}

/** c [m] = A [m, k] · x [k], K split over a cascade of cores: dataflows.md, 3.2. */
export const gemvCascade: KernelDefinition = cascadeKernel('gemv-cascade', false);

/** The same with a residual added: c [m] = residual [m] + A [m, k] · x [k]. */
export const gemvCascadeAdd: KernelDefinition = cascadeKernel('gemv-cascade-add', true);
