import type { KernelDefinition } from '../kernel/kernel-definition.ts';
import { rowNorm } from './row-norm.ts';

/**
 * LayerNorm: dataflows.md, 5. `weight` holds weight and bias one behind the other, [2 · width], because a third
 * inbound stream does not route to a core.
 */
export const layerNorm: KernelDefinition = rowNorm({
  name: 'layer-norm',
  summary: 'output[rows, width] = (input − mean) / √(variance + epsilon) · weight[width] + bias[width], row by row',
  datapath:
    'Mean and variance in f32, the latter of squares in bf16; differences, scale, product and sum each to bf16 (published mean relative L1 4.4e-3).',
  microkernel: 'layer-norm-bf16',
  weightsPerElement: 2,
});
