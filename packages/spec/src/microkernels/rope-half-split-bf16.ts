import type { MicrokernelParameters, MicrokernelSignature } from '../program/microkernel.ts';

const STEP = 32;

/**
 * Rotates one head at one position, its halves against each other:
 * `low' = low·cos − high·sin`, `high' = high·cos + low·sin`, with halves at `headDim / 2`. The table
 * row holds the cosines of the half, then the sines.
 */
export const ropeHalfSplitBf16: MicrokernelSignature = {
  name: 'rope-half-split-bf16',
  summary: 'Rotary embedding of one head at one position from a table of cosines and sines.',
  operands: [
    { name: 'row', format: 'bf16', access: 'read', elements: headDim },
    { name: 'table', format: 'bf16', access: 'read', elements: headDim },
    { name: 'output', format: 'bf16', access: 'write', elements: headDim },
  ],
  parameters: ['headDim'],
  limits(parameters) {
    const length = headDim(parameters);
    if (length > 0 && length % STEP === 0) return [];
    return [`headDim is ${length}; it must be a multiple of ${STEP}, two halves of 16 lanes.`];
  },
  multiplyAccumulates: () => 0,
  datapath:
    'Products exact, their difference or sum in f32, the store truncates to bf16: mean relative L1 2.8e-3, as published.',
  source: 'rope_halfsplit.cc: rope_halfsplit_bf16',
  programBytes: 900,
};

function headDim(parameters: MicrokernelParameters): number {
  return parameters.headDim as number;
}
