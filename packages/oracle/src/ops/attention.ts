/** Sizes of an attention. `past` is the position of the first query: how many keys precede it. */
export interface AttentionShape {
  readonly tokens: number;
  readonly past: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
}

/**
 * Causal attention with grouped keys and values: head h reads key-value head ⌊h · keyValueHeads / heads⌋,
 * and the query at position p sees the keys 0 … p. Scores are scaled by 1 / √headDim; the softmax and all
 * sums are float64.
 *
 * `queries` [tokens, heads, headDim]; `keys`, `values` [past + tokens, keyValueHeads, headDim]; result
 * [tokens, heads · headDim].
 */
export function attention(
  queries: Float32Array,
  keys: Float32Array,
  values: Float32Array,
  { tokens, past, heads, keyValueHeads, headDim }: AttentionShape,
): Float32Array {
  const out = new Float32Array(tokens * heads * headDim);
  const group = heads / keyValueHeads;
  const keyStride = keyValueHeads * headDim;
  const scale = 1 / Math.sqrt(headDim);
  const weights = new Float64Array(past + tokens);
  const sums = new Float64Array(headDim);

  for (let t = 0; t < tokens; t++) {
    const visible = past + t + 1;
    for (let head = 0; head < heads; head++) {
      const query = (t * heads + head) * headDim;
      const keyHead = Math.floor(head / group) * headDim;

      let largest = Number.NEGATIVE_INFINITY;
      for (let position = 0; position < visible; position++) {
        const key = position * keyStride + keyHead;
        let score = 0;
        for (let i = 0; i < headDim; i++) score += queries[query + i] * keys[key + i];
        score *= scale;
        weights[position] = score;
        if (score > largest) largest = score;
      }

      let total = 0;
      sums.fill(0);
      for (let position = 0; position < visible; position++) {
        const weight = Math.exp(weights[position] - largest);
        const value = position * keyStride + keyHead;
        total += weight;
        for (let i = 0; i < headDim; i++) sums[i] += weight * values[value + i];
      }
      for (let i = 0; i < headDim; i++) out[query + i] = sums[i] / total;
    }
  }
  return out;
}
