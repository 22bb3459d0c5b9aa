import type { ModelSpec } from '@tilewright/spec';
import type { KeyValueCache } from './key-value-cache.ts';

/**
 * Attention of one query row [heads · headDim] over the first `length` cached positions, FP32:
 * softmax(q·kᵀ / √headDim)·v, with each group of query heads sharing one key and value head.
 */
export function decodeAttention(
  query: Float32Array,
  cache: KeyValueCache,
  length: number,
  model: ModelSpec,
): Float32Array {
  const { heads, keyValueHeads, headDim } = model;
  const { keys, values } = cache;
  const width = keyValueHeads * headDim;
  const group = heads / keyValueHeads;
  const scale = 1 / Math.sqrt(headDim);
  const output = new Float32Array(heads * headDim);
  const weights = new Float64Array(length);
  const sums = new Float64Array(headDim);
  for (let head = 0; head < heads; head++) {
    const q = head * headDim;
    const kv = Math.floor(head / group) * headDim;
    let largest = Number.NEGATIVE_INFINITY;
    for (let position = 0; position < length; position++) {
      const k = position * width + kv;
      let score = 0;
      for (let i = 0; i < headDim; i++) score += query[q + i] * keys[k + i];
      weights[position] = score * scale;
      largest = Math.max(largest, weights[position]);
    }
    let total = 0;
    sums.fill(0);
    for (let position = 0; position < length; position++) {
      const weight = Math.exp(weights[position] - largest);
      const v = position * width + kv;
      total += weight;
      for (let i = 0; i < headDim; i++) sums[i] += weight * values[v + i];
    }
    for (let i = 0; i < headDim; i++) output[q + i] = sums[i] / total;
  }
  return output;
}
