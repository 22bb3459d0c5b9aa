import type { MicrokernelSignature } from '../program/microkernel.ts';

/** Fills the first `n` elements of an f32 accumulator with zeros, 32 lanes per store. */
export const zeroF32: MicrokernelSignature = {
  name: 'zero-f32',
  summary: 'c[n] = 0, f32',
  operands: [{ name: 'c', format: 'f32', access: 'write', elements: ({ n }) => n as number }],
  parameters: ['n'],
  limits: ({ n }) => ((n as number) % 16 === 0 ? [] : [`n is ${n}; a vector store needs a multiple of 16.`]),
  multiplyAccumulates: () => 0,
  datapath: 'Exact.',
  source: 'programming_examples/matrix_multiplication zero.cc: zero_f32',
  programBytes: 256,
};
