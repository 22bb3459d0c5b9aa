import type { MicrokernelParameters, MicrokernelSignature } from '../program/microkernel.ts';

const LANES = 16;

/** `output = ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))` over `n` elements. */
export const geluBf16: MicrokernelSignature = {
  name: 'gelu-bf16',
  summary: 'GELU by its tanh form, element by element.',
  operands: [
    { name: 'input', format: 'bf16', access: 'read', elements: count },
    { name: 'output', format: 'bf16', access: 'write', elements: count },
  ],
  parameters: ['n'],
  limits(parameters) {
    const elements = count(parameters);
    if (elements > 0 && elements % LANES === 0) return [];
    return [`n is ${elements}; it must be a multiple of ${LANES}.`];
  },
  multiplyAccumulates: () => 0,
  datapath:
    'x², x³, the polynomial, tanh, + 1, x·½ and their product each to bf16, nearest even; tanh as in silu-mul-bf16. Mean relative ' +
    'L1 8.5e-3; published 8.4e-3.',
  source: 'programming_examples/gelu/gelu.py: generated vector code',
  programBytes: 1_000,
};

function count(parameters: MicrokernelParameters): number {
  return parameters.n as number;
}
