import type { MicrokernelSignature } from '../program/microkernel.ts';

/** Rounds `n` f32 elements to bf16; the order of the elements stays. */
export const castF32Bf16: MicrokernelSignature = {
  name: 'cast-f32-bf16',
  summary: 'c[n] = bf16(a[n])',
  operands: [
    { name: 'a', format: 'f32', access: 'read', elements: ({ n }) => n as number },
    { name: 'c', format: 'bf16', access: 'write', elements: ({ n }) => n as number },
  ],
  parameters: ['n'],
  limits: ({ n }) => ((n as number) % 16 === 0 ? [] : [`n is ${n}; a vector load needs a multiple of 16.`]),
  multiplyAccumulates: () => 0,
  datapath: 'f32 to bf16, nearest even.',
  source: 'programming_examples/matrix_multiplication/bf16_in_bf16_out mm_aie2p.cc: f32_to_bf16',
  programBytes: 512,
};
