import type { MicrokernelSignature } from '../program/microkernel.ts';

/** Fills the first `n` elements of a bf16 buffer with zeros; the tail of a short vector is stored lane by lane. */
export const zeroBf16: MicrokernelSignature = {
  name: 'zero-bf16',
  summary: 'c[n] = 0, bf16',
  operands: [{ name: 'c', format: 'bf16', access: 'write', elements: ({ n }) => n as number }],
  parameters: ['n'],
  limits: ({ n }) => ((n as number) % 2 === 0 ? [] : [`n is ${n}; bf16 elements are stored in pairs.`]),
  multiplyAccumulates: () => 0,
  datapath: 'Exact.',
  source: 'programming_examples/matrix_multiplication zero.cc: zero_bf16',
  programBytes: 256,
};
