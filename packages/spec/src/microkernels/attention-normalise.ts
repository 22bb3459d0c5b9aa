import type { MicrokernelSignature } from '../program/microkernel.ts';
import { ATTENTION_SOURCE, attentionOperand, multiplesOf } from './attention-operands.ts';

/** output[queries, width] /= sum[queries]: the last step of attention. */
export const attentionNormalise: MicrokernelSignature = {
  name: 'attention-normalise',
  summary: 'output[r,·] /= sum[r]',
  operands: [attentionOperand('output', 'update', 'queries', 'width'), attentionOperand('sum', 'read', 'queries')],
  parameters: ['queries', 'width'],
  limits: (parameters) => multiplesOf(parameters, { queries: 8, width: 8 }),
  multiplyAccumulates: () => 0,
  datapath: 'Reciprocal in f32; the product is rounded to bf16, nearest even.',
  source: `${ATTENTION_SOURCE}: normalise`,
  programBytes: 384,
};
