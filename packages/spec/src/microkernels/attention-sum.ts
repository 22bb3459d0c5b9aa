import type { MicrokernelSignature } from '../program/microkernel.ts';
import { ATTENTION_SOURCE, attentionOperand, multiplesOf } from './attention-operands.ts';

/** The running sum of the exponentials: sum = sum·factor + sums, per query. */
export const attentionSum: MicrokernelSignature = {
  name: 'attention-sum',
  summary: 'sum[r] = sum[r]·factor[r] + sums[r]',
  operands: [
    attentionOperand('sum', 'update', 'queries'),
    attentionOperand('factor', 'read', 'queries'),
    attentionOperand('sums', 'read', 'queries'),
  ],
  parameters: ['queries'],
  limits: (parameters) => multiplesOf(parameters, { queries: 8 }),
  multiplyAccumulates: () => 0,
  datapath: 'The product and the sum are each rounded to bf16, nearest even.',
  source: `${ATTENTION_SOURCE}: sum update`,
  programBytes: 192,
};
