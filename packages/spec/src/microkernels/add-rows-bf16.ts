import type { MicrokernelSignature } from '../program/microkernel.ts';

/** c[rows] = a[rows] + b[rows]: a residual added to a few finished rows. */
export const addRowsBf16: MicrokernelSignature = {
  name: 'add-rows-bf16',
  summary: 'c[rows] = a[rows] + b[rows]',
  operands: [
    { name: 'a', format: 'bf16', access: 'read', elements: ({ rows }) => rows as number },
    { name: 'b', format: 'bf16', access: 'read', elements: ({ rows }) => rows as number },
    { name: 'c', format: 'bf16', access: 'write', elements: ({ rows }) => rows as number },
  ],
  parameters: ['rows'],
  limits: ({ rows }) => ((rows as number) % 2 === 0 ? [] : [`rows is ${rows}; bf16 elements are stored in pairs.`]),
  multiplyAccumulates: () => 0,
  datapath: 'Added in f32, rounded to bf16, nearest even.',
  source: 'programming_examples/matrix_vector_multiplication/bf16_cascade mv_bf16.cc: residual add',
  programBytes: 256,
};
