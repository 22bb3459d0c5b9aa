import type { MicrokernelSignature } from '../program/microkernel.ts';

/** c[rows] += A[rows, k]·x[k] with A row-major; `c` starts from zeros, so that a call sets it. */
export const gemvBf16: MicrokernelSignature = {
  name: 'gemv-bf16',
  summary: 'c[rows] += a[rows,k]·x[k]',
  operands: [
    { name: 'a', format: 'bf16', access: 'read', elements: ({ rows, k }) => (rows as number) * (k as number) },
    { name: 'x', format: 'bf16', access: 'read', elements: ({ k }) => k as number },
    { name: 'c', format: 'bf16', access: 'update', elements: ({ rows }) => rows as number },
  ],
  parameters: ['rows', 'k'],
  limits: ({ k }) => ((k as number) % 64 === 0 ? [] : [`k is ${k}; 64 lanes need a multiple of 64.`]),
  multiplyAccumulates: ({ rows, k }) => (rows as number) * (k as number),
  datapath:
    'Products of bf16 values are exact; one sum per row is accumulated in f32 (here without rounding until the end, ' +
    'ascending k), added to c and stored as bf16, nearest even.',
  source: 'programming_examples/matrix_vector_multiplication/bf16 mv.cc: matvec_vectorized_bf16_bf16',
  programBytes: 1024,
};
