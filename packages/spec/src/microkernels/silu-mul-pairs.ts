import type { MicrokernelParameters, MicrokernelSignature } from '../program/microkernel.ts';

const LANES = 16;

/** `output[i] = silu(pairs[2i]) · pairs[2i + 1]`: gate and up as rows that alternate. */
export const siluMulPairs: MicrokernelSignature = {
  name: 'silu-mul-pairs',
  summary: 'SiLU of every even value, multiplied by the odd one after it.',
  operands: [
    { name: 'pairs', format: 'f32', access: 'read', elements: (parameters) => 2 * count(parameters) },
    { name: 'output', format: 'bf16', access: 'write', elements: count },
  ],
  parameters: ['count'],
  limits(parameters) {
    const elements = count(parameters);
    if (elements > 0 && elements % LANES === 0) return [];
    return [`count is ${elements}; it must be a multiple of ${LANES}.`];
  },
  multiplyAccumulates: () => 0,
  datapath: 'Both rounded to bf16, nearest even; from there as silu-mul-bf16.',
  source: 'programming_examples/matrix_vector_multiplication/bf16_cascade mv_bf16.cc: SwiGLU of interleaved rows',
  programBytes: 1_200,
};

function count(parameters: MicrokernelParameters): number {
  return parameters.count as number;
}
