import type { MicrokernelSignature } from '../program/microkernel.ts';
import { ATTENTION_SOURCE, attentionOperand, multiplesOf } from './attention-operands.ts';

/**
 * Sets the scores of keys behind their query to the lowest finite bf16 number: query row r has
 * position queryStart + r, key column c has position keyStart + c.
 */
export const attentionMask: MicrokernelSignature = {
  name: 'attention-mask',
  summary: 'scores[r,c] = lowest where keyStart + c > queryStart + r',
  operands: [attentionOperand('scores', 'update', 'queries', 'keys')],
  parameters: ['queries', 'keys', 'queryStart', 'keyStart'],
  limits: (parameters) => multiplesOf(parameters, { queries: 8, keys: 8 }),
  multiplyAccumulates: () => 0,
  datapath: 'A row loop of selects; nothing rounds.',
  source: `${ATTENTION_SOURCE}: causal mask`,
  programBytes: 512,
};
