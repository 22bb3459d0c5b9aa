import type { MicrokernelSignature } from '../program/microkernel.ts';
import { ATTENTION_SOURCE, attentionOperand, multiplesOf, scaleLimits } from './attention-operands.ts';

/**
 * Joins the partial attention over another range of keys to this one's: both are brought to the
 * larger maximum and added. A range that was masked as a whole has the lowest finite maximum, and so
 * a factor of zero beside any other.
 */
export const attentionMerge: MicrokernelSignature = {
  name: 'attention-merge',
  summary: 'output, maximum and sum take in those of another range of keys',
  operands: [
    attentionOperand('output', 'update', 'queries', 'width'),
    attentionOperand('maximum', 'update', 'queries'),
    attentionOperand('sum', 'update', 'queries'),
    attentionOperand('otherOutput', 'read', 'queries', 'width'),
    attentionOperand('otherMaximum', 'read', 'queries'),
    attentionOperand('otherSum', 'read', 'queries'),
  ],
  parameters: ['queries', 'width', 'scale'],
  limits: (parameters) => [...multiplesOf(parameters, { queries: 8, width: 8 }), ...scaleLimits(parameters)],
  multiplyAccumulates: () => 0,
  datapath: 'Factors as in attention-softmax; each product and the sum rounded to bf16, nearest even.',
  source: `${ATTENTION_SOURCE}: cascade merge`,
  programBytes: 1_024,
};
