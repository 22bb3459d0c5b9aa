import type { MicrokernelSignature } from '../program/microkernel.ts';

/** c[n] = a[n] + b[n]: residual adds, and bias adds one row at a time. */
export const addBf16: MicrokernelSignature = {
  name: 'add-bf16',
  summary: 'c[n] = a[n] + b[n]',
  operands: [
    { name: 'a', format: 'bf16', access: 'read', elements: ({ n }) => n as number },
    { name: 'b', format: 'bf16', access: 'read', elements: ({ n }) => n as number },
    { name: 'c', format: 'bf16', access: 'write', elements: ({ n }) => n as number },
  ],
  parameters: ['n'],
  limits: ({ n }) => ((n as number) % 16 === 0 ? [] : [`n is ${n}; 16 lanes need a multiple of 16.`]),
  multiplyAccumulates: () => 0,
  datapath: 'Added in f32, stored as bf16 by dropping the lower half.',
  source: 'programming_examples/eltwise_add/eltwise_add.py: generated vector code',
  programBytes: 512,
};
