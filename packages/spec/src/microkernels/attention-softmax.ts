import type { MicrokernelSignature } from '../program/microkernel.ts';
import { ATTENTION_SOURCE, attentionOperand, multiplesOf, scaleLimits } from './attention-operands.ts';

/**
 * The online softmax of one chunk of keys, row by row: the running `maximum` takes in the chunk,
 * `factor` = 2^((old − new)·scale) is what the state so far must be multiplied with, scores become
 * 2^((score − new)·scale), and `sums` are their sums. `scale` is log2(e) / √(true head dimension).
 */
export const attentionSoftmax: MicrokernelSignature = {
  name: 'attention-softmax',
  summary: 'maximum = max(maximum, scores); factor; scores = 2^((scores − maximum)·scale); sums = Σ scores',
  operands: [
    attentionOperand('scores', 'update', 'queries', 'keys'),
    attentionOperand('maximum', 'update', 'queries'),
    attentionOperand('factor', 'write', 'queries'),
    attentionOperand('sums', 'write', 'queries'),
  ],
  parameters: ['queries', 'keys', 'scale'],
  limits: (parameters) => [...multiplesOf(parameters, { queries: 8, keys: 16 }), ...scaleLimits(parameters)],
  multiplyAccumulates: () => 0,
  datapath:
    'Differences and ·scale in f32; 2^x interpolates linearly between powers of two and truncates to bf16, up to 6 % too ' +
    'large (found by trial: it alone gives the published errors of FlashAttention); sums in f32, stored to bf16 nearest even.',
  source: `${ATTENTION_SOURCE}: fused softmax`,
  programBytes: 1_536,
};
