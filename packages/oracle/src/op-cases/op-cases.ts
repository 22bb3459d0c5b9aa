import { type OpCase, opCase } from './op-case.ts';

/**
 * The shapes on which every implementation of an op has to agree with the readable one. The last of each op are those of
 * Llama-3.2-1B, and of interest for their time.
 */
export const OP_CASES: readonly OpCase[] = [
  opCase('rms-norm', 'one row', { tokens: 1, width: 7 }),
  opCase('rms-norm', 'prime sizes', { tokens: 5, width: 31 }),
  opCase('rms-norm', 'values of 1e15', { tokens: 3, width: 64, magnitude: 1e15 }),
  opCase('rms-norm', 'values of 1e-12, under epsilon', { tokens: 3, width: 64, magnitude: 1e-12 }),
  opCase('rms-norm', 'zeros', { tokens: 2, width: 16, magnitude: 0 }),
  opCase('rms-norm', 'production', { tokens: 64, width: 2048 }),

  opCase('qk-norm', 'one row, one head', { tokens: 1, heads: 1, headDim: 8 }),
  opCase('qk-norm', 'prime sizes', { tokens: 7, heads: 3, headDim: 22 }),
  opCase('qk-norm', 'production', { tokens: 64, heads: 32, headDim: 128 }),

  opCase('matmul', 'one element', { tokens: 1, width: 1, reduction: 1 }),
  opCase('matmul', 'one row', { tokens: 1, width: 13, reduction: 7 }),
  opCase('matmul', 'one output', { tokens: 11, width: 1, reduction: 5 }),
  opCase('matmul', 'prime sizes', { tokens: 97, width: 101, reduction: 103 }),
  opCase('matmul', 'long sum', { tokens: 3, width: 11, reduction: 16_411 }),
  opCase('matmul', 'values of 1e15', { tokens: 5, width: 17, reduction: 64, magnitude: 1e15 }),
  opCase('matmul', 'values of 1e-30', { tokens: 5, width: 17, reduction: 64, magnitude: 1e-30 }),
  opCase('matmul', 'production, decode', { tokens: 1, width: 512, reduction: 2048 }),
  opCase('matmul', 'production', { tokens: 64, width: 512, reduction: 2048 }),

  opCase('bias-add', 'one row', { tokens: 1, width: 5 }),
  opCase('bias-add', 'prime sizes', { tokens: 7, width: 31 }),
  opCase('bias-add', 'production', { tokens: 64, width: 2048 }),

  opCase('rope', 'one row, one head', { tokens: 1, heads: 1, headDim: 8 }),
  opCase('rope', 'prime sizes', { tokens: 7, heads: 3, headDim: 22 }),
  opCase('rope', 'far positions', { tokens: 3, past: 100_003, heads: 2, headDim: 64 }),
  opCase('rope', 'values of 1e15', { tokens: 3, heads: 2, headDim: 16, magnitude: 1e15 }),
  opCase('rope', 'production', { tokens: 64, heads: 32, headDim: 64 }),

  opCase('attention', 'one token, one head', { tokens: 1, heads: 1, headDim: 8 }),
  opCase('attention', 'prime sizes', { tokens: 13, heads: 3, headDim: 7 }),
  opCase('attention', 'grouped by seven', { tokens: 17, heads: 14, keyValueHeads: 2, headDim: 16 }),
  opCase('attention', 'one key-value head', { tokens: 11, heads: 5, keyValueHeads: 1, headDim: 16 }),
  opCase('attention', 'after others', { tokens: 5, past: 29, heads: 4, keyValueHeads: 2, headDim: 16 }),
  opCase('attention', 'scores of a thousand', { tokens: 19, heads: 2, headDim: 16, magnitude: 16 }),
  opCase('attention', 'long', { tokens: 701, heads: 2, keyValueHeads: 1, headDim: 16 }),
  opCase('attention', 'production, decode', { tokens: 1, past: 2046, heads: 32, keyValueHeads: 8, headDim: 64 }),
  opCase('attention', 'production', { tokens: 128, heads: 32, keyValueHeads: 8, headDim: 64 }),

  opCase('add', 'one element', { tokens: 1, width: 1 }),
  opCase('add', 'prime sizes', { tokens: 7, width: 31 }),
  opCase('add', 'values of 1e30', { tokens: 3, width: 16, magnitude: 1e30 }),
  opCase('add', 'production', { tokens: 64, width: 2048 }),

  opCase('silu-mul', 'one element', { tokens: 1, width: 1 }),
  opCase('silu-mul', 'prime sizes', { tokens: 7, width: 31 }),
  opCase('silu-mul', 'saturated gates', { tokens: 5, width: 64, magnitude: 300 }),
  opCase('silu-mul', 'production', { tokens: 64, width: 8192 }),
];
