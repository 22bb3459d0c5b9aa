import type { MicrokernelSignature } from '../program/microkernel.ts';
import { MATMUL_INPUTS, matmulLimits, matmulMultiplyAccumulates } from './matmul-blocks.ts';

/** The low-precision matrix kernel: as `matmul-bfp16-f32`, with C in bf16 between calls. */
export const matmulBfp16Bf16: MicrokernelSignature = {
  name: 'matmul-bfp16-bf16',
  summary: 'c[m,n] += a[m,k]·b[k,n], blocked 8x8, partial sums kept in bf16',
  operands: [
    ...MATMUL_INPUTS,
    { name: 'c', format: 'bf16', access: 'update', elements: ({ m, n }) => (m as number) * (n as number) },
  ],
  parameters: ['m', 'k', 'n'],
  limits: matmulLimits,
  multiplyAccumulates: matmulMultiplyAccumulates,
  datapath:
    'Operands as in matmul-bfp16-f32 (bfp16ebs8, nearest even); the partial sum of a call is added exactly to ' +
    'the bf16 value of C and rounded to bf16, nearest even, once per call.',
  source: 'programming_examples/matrix_multiplication/bf16_in_bf16_out: generated contraction of the direct method',
  programBytes: 4096,
};
