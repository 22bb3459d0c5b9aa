import { bf16ToF32, f32ToBf16NearestEven } from '@tilewright/spec';
import { multiplyPanels, quantiseA } from './matmul-bfp16.ts';
import type { MicrokernelImplementation } from './microkernel.ts';
import { scratch } from './scratch.ts';

/**
 * scores[queries, keys] = bf16(scores + query·keyᵀ). Keys lie like queries, so their panels come out
 * as those of a transposed right operand.
 */
export const attentionScores: MicrokernelImplementation = (operands, parameters) => {
  const { data, offset } = operands.scores!;
  const queries = parameters.queries!;
  const keys = parameters.keys!;
  const depth = parameters.depth!;
  const query = quantiseA(operands.query!, queries, depth, 'attention query');
  const key = quantiseA(operands.key!, keys, depth, 'attention key');
  const sums = scratch('attention scores', queries * keys);
  for (let i = 0; i < queries * keys; i++) sums[i] = bf16ToF32(data[offset + i]!);
  multiplyPanels(query, key, sums, 0, queries, depth, keys);
  for (let i = 0; i < queries * keys; i++) data[offset + i] = f32ToBf16NearestEven(sums[i]!);
};
