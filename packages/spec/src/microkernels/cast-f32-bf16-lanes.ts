import type { MicrokernelSignature } from '../program/microkernel.ts';

/** `n` f32 elements to bf16, 16 lanes at a time; the order of the elements stays. */
export const castF32Bf16Lanes: MicrokernelSignature = {
  name: 'cast-f32-bf16-lanes',
  summary: 'c[n] = bf16(a[n]), by vectors',
  operands: [
    { name: 'a', format: 'f32', access: 'read', elements: ({ n }) => n as number },
    { name: 'c', format: 'bf16', access: 'write', elements: ({ n }) => n as number },
  ],
  parameters: ['n'],
  limits: ({ n }) => ((n as number) % 16 === 0 ? [] : [`n is ${n}; a vector load needs a multiple of 16.`]),
  multiplyAccumulates: () => 0,
  datapath:
    'The lower half is dropped: a fused-cast GEMM then errs by 9.7e-3, as published (nearest even would give the 9.3e-3 of drain).',
  source: 'programming_examples/matrix_multiplication/bf16_in_bf16_out run.py: cast herd, generated vector code',
  programBytes: 384,
};
