import { linear } from '../ops/linear.ts';
import type { Pacer } from './pacer.ts';
import type { WeightCache } from './weight-cache.ts';

/** Multiply-accumulates between two pauses: some tens of milliseconds. */
const PIECE = 2 ** 25;

/** `x` [tokens, width] times the weight `name` [outputs, width], transposed: [tokens, outputs], in cancellable pieces. */
export async function matrixProduct(
  x: Float32Array,
  weights: WeightCache,
  name: string,
  sizes: { readonly width: number; readonly outputs: number },
  pacer: Pacer,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const { width, outputs } = sizes;
  const out = new Float32Array((x.length / width) * outputs);
  const rows = Math.max(4, 4 * Math.floor(PIECE / x.length / 4));
  for await (const block of weights.blocks(name, rows, signal)) {
    linear(x, block, width, out, outputs);
    await pacer.pause();
  }
  return out;
}
