import type { MicrokernelSignature } from '../program/microkernel.ts';
import { ATTENTION_SOURCE, attentionOperand, multiplesOf } from './attention-operands.ts';

/**
 * scores[queries, keys] += query[queries, depth]·key[keys, depth]ᵀ for `depth` of the head's
 * dimensions. Keys lie like queries; the core transposes their 8x8 blocks. The product P·V, which
 * needs no transposition, is `matmul-bfp16-bf16`.
 */
export const attentionScores: MicrokernelSignature = {
  name: 'attention-scores',
  summary: 'scores[queries,keys] += query[queries,depth]·key[keys,depth]ᵀ, blocked 8x8, bf16 scores',
  operands: [
    attentionOperand('query', 'read', 'queries', 'depth'),
    attentionOperand('key', 'read', 'keys', 'depth'),
    attentionOperand('scores', 'update', 'queries', 'keys'),
  ],
  parameters: ['queries', 'keys', 'depth'],
  limits: (parameters) => multiplesOf(parameters, { queries: 16, keys: 16, depth: 8 }),
  multiplyAccumulates: ({ queries, keys, depth }) => (queries as number) * (keys as number) * (depth as number),
  datapath:
    'Both operands in blocks of eight along depth with a shared exponent and 8-bit mantissas (bfp16ebs8); products ' +
    'exact; scores are loaded and stored as bf16, nearest even, once per call.',
  source: `${ATTENTION_SOURCE}: query-key product`,
  programBytes: 3_072,
};
