import { rmsNorm } from './rms-norm.ts';

/**
 * The norm that Qwen3 applies to each head of the queries and keys before rotation.
 *
 * `x` [tokens, heads, headDim], `weight` [headDim] shared by the heads, result as `x`.
 */
export function qkNorm(x: Float32Array, weight: Float32Array, epsilon: number): Float32Array {
  // Heads lie one after the other, so each is a row of a norm of width headDim.
  return rmsNorm(x, weight, epsilon);
}
