import type { KernelDefinition } from '../kernel/kernel-definition.ts';
import { RMS_NORM_DATAPATH } from './rms-norm.ts';
import { rowNorm } from './row-norm.ts';

/** The per-head norm of queries and keys before RoPE: a row is one head at one position, `count` the true head dimension. */
export const qkNorm: KernelDefinition = {
  ...rowNorm({
    name: 'qk-norm',
    summary: 'RMSNorm of every (position, head) row of the queries or keys with one weight per head dimension',
    datapath: RMS_NORM_DATAPATH,
    microkernel: 'rms-norm-bf16',
    weightsPerElement: 1,
  }),
  publishedAs: (shape) => ({ kernel: 'rms-norm', shape }),
};
