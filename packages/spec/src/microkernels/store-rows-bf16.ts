import type { MicrokernelSignature } from '../program/microkernel.ts';

/** c[rows] = bf16(a[rows]), row by row: the end of sums that were kept in f32. */
export const storeRowsBf16: MicrokernelSignature = {
  name: 'store-rows-bf16',
  summary: 'c[rows] = bf16(a[rows])',
  operands: [
    { name: 'a', format: 'f32', access: 'read', elements: ({ rows }) => rows as number },
    { name: 'c', format: 'bf16', access: 'write', elements: ({ rows }) => rows as number },
  ],
  parameters: ['rows'],
  limits: ({ rows }) => ((rows as number) > 0 ? [] : [`rows is ${rows}; it must be positive.`]),
  multiplyAccumulates: () => 0,
  datapath: 'f32 to bf16, nearest even, one scalar store per row.',
  source: 'programming_examples/matrix_vector_multiplication/bf16_cascade mv_bf16.cc: scalar stores',
  programBytes: 192,
};
