import type { MicrokernelSignature } from '../program/microkernel.ts';
import { MATMUL_INPUTS, matmulLimits, matmulMultiplyAccumulates } from './matmul-blocks.ts';

/** C += A·B on 8x8 blocks (order: `matmul-blocks.ts`), A [m, k], B [k, n] in bf16, C [m, n] an f32 accumulator. */
export const matmulBfp16F32: MicrokernelSignature = {
  name: 'matmul-bfp16-f32',
  summary: 'c[m,n] += a[m,k]·b[k,n], blocked 8x8, f32 accumulator',
  operands: [
    ...MATMUL_INPUTS,
    { name: 'c', format: 'f32', access: 'update', elements: ({ m, n }) => (m as number) * (n as number) },
  ],
  parameters: ['m', 'k', 'n'],
  limits: matmulLimits,
  multiplyAccumulates: matmulMultiplyAccumulates,
  datapath:
    'Both operands are quantised to blocks of eight values along k with a shared exponent and 8-bit mantissas, ' +
    'rounded to nearest even (bfp16ebs8); products are exact; the sum is rounded to f32 when it leaves the accumulator.',
  source: 'programming_examples/matrix_multiplication/bf16_in_fp32_out mm_aie2p.cc: 8x8x8 multiply-accumulate',
  programBytes: 3072,
};
