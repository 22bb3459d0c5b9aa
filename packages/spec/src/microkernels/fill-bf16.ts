import type { MicrokernelSignature } from '../program/microkernel.ts';

/** c[n] = value, which must be a bf16 number. */
export const fillBf16: MicrokernelSignature = {
  name: 'fill-bf16',
  summary: 'c[n] = value',
  operands: [{ name: 'c', format: 'bf16', access: 'write', elements: ({ n }) => n as number }],
  parameters: ['n', 'value'],
  limits: ({ n }) => ((n as number) % 16 === 0 ? [] : [`n is ${n}; it must be a multiple of 16.`]),
  multiplyAccumulates: () => 0,
  datapath: 'Stores of 16 lanes; nothing rounds.',
  source: 'flash_attention/kernel_fusion_based/attn_npu2.cc: fill',
  programBytes: 96,
};
