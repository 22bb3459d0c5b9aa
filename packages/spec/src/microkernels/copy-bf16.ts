import type { MicrokernelSignature } from '../program/microkernel.ts';

/** c[n] = a[n], within the core. */
export const copyBf16: MicrokernelSignature = {
  name: 'copy-bf16',
  summary: 'c[n] = a[n]',
  operands: [
    { name: 'a', format: 'bf16', access: 'read', elements: ({ n }) => n as number },
    { name: 'c', format: 'bf16', access: 'write', elements: ({ n }) => n as number },
  ],
  parameters: ['n'],
  limits: ({ n }) => ((n as number) % 16 === 0 ? [] : [`n is ${n}; it must be a multiple of 16.`]),
  multiplyAccumulates: () => 0,
  datapath: 'Loads and stores of 16 lanes; nothing rounds.',
  source: 'flash_attention/kernel_fusion_based/attn_npu2.cc: copy',
  programBytes: 128,
};
