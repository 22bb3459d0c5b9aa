import type { MicrokernelSignature } from '../program/microkernel.ts';

/** c[rows] += A[rows, k]·x[k] in f32, A row-major: a part of a longer sum, to be joined with others. */
export const gemvPartialF32: MicrokernelSignature = {
  name: 'gemv-partial-f32',
  summary: 'c[rows] += a[rows,k]·x[k], f32 partial sums',
  operands: [
    { name: 'a', format: 'bf16', access: 'read', elements: ({ rows, k }) => (rows as number) * (k as number) },
    { name: 'x', format: 'bf16', access: 'read', elements: ({ k }) => k as number },
    { name: 'c', format: 'f32', access: 'update', elements: ({ rows }) => rows as number },
  ],
  parameters: ['rows', 'k'],
  limits: ({ k }) => ((k as number) % 64 === 0 ? [] : [`k is ${k}; it must be a multiple of 64.`]),
  multiplyAccumulates: ({ rows, k }) => (rows as number) * (k as number),
  datapath:
    'Exact products of bf16 values; 16 lanes of f32 multiply-add, each step rounded to f32; then the lanes are added ' +
    'pairwise in f32, and their sum to c.',
  source: 'programming_examples/matrix_vector_multiplication/bf16_cascade mv_bf16.cc: partial product',
  programBytes: 1_024,
};
