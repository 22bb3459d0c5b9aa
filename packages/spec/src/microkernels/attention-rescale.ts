import type { MicrokernelSignature } from '../program/microkernel.ts';
import { ATTENTION_SOURCE, attentionOperand, multiplesOf } from './attention-operands.ts';

/** output[queries, width] ·= factor[queries], row by row. */
export const attentionRescale: MicrokernelSignature = {
  name: 'attention-rescale',
  summary: 'output[r,·] ·= factor[r]',
  operands: [attentionOperand('output', 'update', 'queries', 'width'), attentionOperand('factor', 'read', 'queries')],
  parameters: ['queries', 'width'],
  limits: (parameters) => multiplesOf(parameters, { queries: 8, width: 8 }),
  multiplyAccumulates: () => 0,
  datapath: 'Products rounded to bf16, nearest even.',
  source: `${ATTENTION_SOURCE}: rescale`,
  programBytes: 384,
};
