import type { ModelSpec } from '@tilewright/spec';

/** [rows, outputs] of [rows, K] times a matrix [outputs, K]. */
export function product(input: Float32Array, matrix: Float32Array, reduction: number): Float32Array {
  const rows = input.length / reduction;
  const outputs = matrix.length / reduction;
  const result = new Float32Array(rows * outputs);
  for (let row = 0; row < rows; row++) {
    for (let out = 0; out < outputs; out++) {
      let sum = 0;
      for (let k = 0; k < reduction; k++) {
        sum += (input[row * reduction + k] as number) * (matrix[out * reduction + k] as number);
      }
      result[row * outputs + out] = sum;
    }
  }
  return result;
}

/** RMSNorm of every run of `weight.length` elements: a row, or for QK norm a head. */
export function rootMeanSquareNorm(input: Float32Array, weight: Float32Array, epsilon: number): Float32Array {
  const width = weight.length;
  const result = new Float32Array(input.length);
  for (let start = 0; start < input.length; start += width) {
    let squares = 0;
    for (let i = 0; i < width; i++) squares += (input[start + i] as number) ** 2;
    const scale = 1 / Math.sqrt(squares / width + epsilon);
    for (let i = 0; i < width; i++) result[start + i] = (input[start + i] as number) * scale * (weight[i] as number);
  }
  return result;
}

/** Causal grouped-query attention of queries at positions from `past` on over all keys and values so far. */
export function causalAttention(
  model: ModelSpec,
  query: Float32Array,
  keys: Float32Array,
  values: Float32Array,
  past: number,
): Float32Array {
  const { heads, keyValueHeads, headDim } = model;
  const result = new Float32Array(query.length);
  const stride = keyValueHeads * headDim;
  for (let token = 0; token * heads * headDim < query.length; token++) {
    for (let head = 0; head < heads; head++) {
      const start = (token * heads + head) * headDim;
      const shared = Math.floor((head * keyValueHeads) / heads) * headDim;
      const scores = new Float64Array(past + token + 1);
      for (let other = 0; other < scores.length; other++) {
        let sum = 0;
        for (let i = 0; i < headDim; i++)
          sum += (query[start + i] as number) * (keys[other * stride + shared + i] as number);
        scores[other] = sum / Math.sqrt(headDim);
      }
      const highest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
      let total = 0;
      for (let other = 0; other < scores.length; other++) {
        scores[other] = Math.exp((scores[other] as number) - highest);
        total += scores[other] as number;
      }
      for (let i = 0; i < headDim; i++) {
        let sum = 0;
        for (let other = 0; other < scores.length; other++)
          sum += (scores[other] as number) * (values[other * stride + shared + i] as number);
        result[start + i] = sum / total;
      }
    }
  }
  return result;
}
