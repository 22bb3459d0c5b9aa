import type { MicrokernelSignature } from '../program/microkernel.ts';

/** c[n] = a[n], widened: where a sum starts from bf16 values, such as a residual. */
export const widenBf16F32: MicrokernelSignature = {
  name: 'widen-bf16-f32',
  summary: 'c[n] = f32(a[n])',
  operands: [
    { name: 'a', format: 'bf16', access: 'read', elements: ({ n }) => n as number },
    { name: 'c', format: 'f32', access: 'write', elements: ({ n }) => n as number },
  ],
  parameters: ['n'],
  limits: ({ n }) => ((n as number) > 0 ? [] : [`n is ${n}; it must be positive.`]),
  multiplyAccumulates: () => 0,
  datapath: 'Exact.',
  source: 'programming_examples/matrix_vector_multiplication/bf16_cascade mv_bf16.cc: residual at the head row',
  programBytes: 192,
};
