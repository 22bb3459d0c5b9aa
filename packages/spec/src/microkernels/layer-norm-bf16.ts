import type { MicrokernelParameters, MicrokernelSignature } from '../program/microkernel.ts';
import { rowNormLimits } from './rms-norm-bf16.ts';

/**
 * One row of LayerNorm: `output = (row − mean) / √(variance + ε) · weight + bias`. `weight` holds the weight and
 * behind it the bias. `width` is the row's length in the buffer and `count` its true length; what lies between
 * belongs to neither mean nor variance.
 */
export const layerNormBf16: MicrokernelSignature = {
  name: 'layer-norm-bf16',
  summary: 'One row: mean taken off, scaled to unit variance, by a weight and a bias.',
  operands: [
    { name: 'row', format: 'bf16', access: 'read', elements: width },
    { name: 'weight', format: 'bf16', access: 'read', elements: (parameters) => 2 * width(parameters) },
    { name: 'output', format: 'bf16', access: 'write', elements: width },
  ],
  parameters: ['width', 'count', 'epsilon'],
  limits: rowNormLimits,
  multiplyAccumulates: () => 0,
  datapath:
    'Mean and variance summed in f32, 16 lanes; differences and their squares to bf16 (nearest even); reciprocal root ' +
    'in f32, then to bf16; ·scale, ·weight and + bias each to bf16. The last four round down. Mean relative L1 ' +
    '4.3e-3; published 4.4e-3.',
  source: 'programming_examples/layer_norm/layer_norm.py: generated vector code',
  programBytes: 2_000,
};

function width(parameters: MicrokernelParameters): number {
  return parameters.width as number;
}
