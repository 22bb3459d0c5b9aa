import type { MicrokernelSignature } from '../program/microkernel.ts';

/** c[n] += a[n] in f32: joins a partial sum that came over the cascade. */
export const addF32: MicrokernelSignature = {
  name: 'add-f32',
  summary: 'c[n] += a[n], f32',
  operands: [
    { name: 'a', format: 'f32', access: 'read', elements: ({ n }) => n as number },
    { name: 'c', format: 'f32', access: 'update', elements: ({ n }) => n as number },
  ],
  parameters: ['n'],
  limits: ({ n }) => ((n as number) % 16 === 0 ? [] : [`n is ${n}; a cascade word has 16 f32 values.`]),
  multiplyAccumulates: () => 0,
  datapath: 'f32, each sum rounded to nearest even.',
  source: 'programming_examples/matrix_vector_multiplication/bf16_cascade mv_bf16.cc: cascade accumulate',
  programBytes: 192,
};
