import type { MicrokernelSignature } from '../program/microkernel.ts';

/** c[rows] += A[rows, k]·x[k] for one micro-tile of a longer sum; c stays bf16 between the calls. */
export const gemvMicroTileBf16: MicrokernelSignature = {
  name: 'gemv-micro-tile-bf16',
  summary: 'c[rows] += a[rows,k]·x[k], the sum so far in bf16',
  operands: [
    { name: 'a', format: 'bf16', access: 'read', elements: ({ rows, k }) => (rows as number) * (k as number) },
    { name: 'x', format: 'bf16', access: 'read', elements: ({ k }) => k as number },
    { name: 'c', format: 'bf16', access: 'update', elements: ({ rows }) => rows as number },
  ],
  parameters: ['rows', 'k'],
  limits: ({ k }) => ((k as number) % 32 === 0 ? [] : [`k is ${k}; 32 lanes need a multiple of 32.`]),
  multiplyAccumulates: ({ rows, k }) => (rows as number) * (k as number),
  datapath:
    'Exact products; one sum per row in f32 (here without rounding until the end, ascending k), added to c and rounded to ' +
    'bf16, nearest even, once per call.',
  source: 'programming_examples/matrix_vector_multiplication/bf16_cascade mv_bf16.cc: micro-tile product',
  programBytes: 1_024,
};
