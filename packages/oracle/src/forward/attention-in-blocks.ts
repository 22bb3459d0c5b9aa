import { type AttentionShape, attention } from '../ops/attention.ts';
import type { Pacer } from './pacer.ts';

/** Multiply-accumulates between two pauses: some tens of milliseconds. */
const PIECE = 2 ** 25;

/** `attention` over some queries at a time, so that a long prefill can be cancelled; the result is the same. */
export async function attentionInBlocks(
  queries: Float32Array,
  keys: Float32Array,
  values: Float32Array,
  shape: AttentionShape,
  pacer: Pacer,
): Promise<Float32Array> {
  const width = shape.heads * shape.headDim;
  const out = new Float32Array(shape.tokens * width);
  const step = Math.max(1, Math.floor(PIECE / (2 * width * (shape.past + shape.tokens))));
  for (let first = 0; first < shape.tokens; first += step) {
    const tokens = Math.min(step, shape.tokens - first);
    const block = queries.subarray(first * width, (first + tokens) * width);
    out.set(attention(block, keys, values, { ...shape, tokens, past: shape.past + first }), first * width);
    await pacer.pause();
  }
  return out;
}
