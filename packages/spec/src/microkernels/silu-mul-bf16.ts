import type { MicrokernelParameters, MicrokernelSignature } from '../program/microkernel.ts';

const LANES = 16;

/** `output = silu(gate) · up` over `count` elements, the sigmoid from the vector unit's tanh. */
export const siluMulBf16: MicrokernelSignature = {
  name: 'silu-mul-bf16',
  summary: 'SiLU of the gate, multiplied by the up projection, element by element.',
  operands: [
    { name: 'gate', format: 'bf16', access: 'read', elements: count },
    { name: 'up', format: 'bf16', access: 'read', elements: count },
    { name: 'output', format: 'bf16', access: 'write', elements: count },
  ],
  parameters: ['count'],
  limits(parameters) {
    const elements = count(parameters);
    if (elements > 0 && elements % LANES === 0) return [];
    return [`count is ${elements}; it must be a multiple of ${LANES}.`];
  },
  multiplyAccumulates: () => 0,
  datapath:
    '·½, tanh, + 1, ·½, ·gate and ·up each to bf16, nearest even; tanh in 16 straight pieces over [0, 7]. Mean relative L1 ' +
    '1.0e-2, as published. The error of the hardware’s tanh alone is not published: the form is a trial.',
  source: 'silu_and_mul.cc: silu_and_mul_bf16',
  programBytes: 1_000,
};

function count(parameters: MicrokernelParameters): number {
  return parameters.count as number;
}
