import type { MicrokernelSignature } from '../program/microkernel.ts';
import { matmulBfp16F32 } from './matmul-bfp16-f32.ts';

/** `matmul-bfp16-f32` as the compiler's own vectorised contraction: the same numbers at another speed. */
export const matmulBfp16F32Generated: MicrokernelSignature = {
  ...matmulBfp16F32,
  name: 'matmul-bfp16-f32-generated',
  source: 'programming_examples/matrix_multiplication/bf16_in_fp32_out: generated contraction of the direct method',
};
