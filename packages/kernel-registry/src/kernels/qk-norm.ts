import type { KernelDefinition } from '../kernel/kernel-definition.ts';
import { rowNorm } from './row-norm.ts';

/** The per-head norm of queries and keys before RoPE: a row is one head at one position, `count` the true head dimension. */
export const qkNorm: KernelDefinition = {
  ...rowNorm(
    'qk-norm',
    'RMSNorm of every (position, head) row of the queries or keys with one weight per head dimension',
  ),
  publishedAs: (shape) => ({ kernel: 'rms-norm', shape }),
};
