import type { MatrixEngine } from '@tilewright/spec';
import { linear, type WeightRows } from '../ops/linear.ts';
import type { Pacer } from './pacer.ts';
import type { WeightCache } from './weight-cache.ts';

/** Multiply-accumulates between two pauses of the readable implementation: some tens of milliseconds. */
const PIECE = 2 ** 25;

/** What a product is computed with and in. */
export interface ProductContext {
  readonly weights: WeightCache;
  /** Multiplies; absent, `linear` does. */
  readonly engine: MatrixEngine | undefined;
  readonly pacer: Pacer;
  readonly signal: AbortSignal | undefined;
}

/** `x` [tokens, width] times the weight `name` [outputs, width], transposed: [tokens, outputs], in cancellable pieces. */
export async function matrixProduct(
  x: Float32Array,
  name: string,
  { width, outputs }: { readonly width: number; readonly outputs: number },
  { weights, engine, pacer, signal }: ProductContext,
): Promise<Float32Array> {
  const out = new Float32Array((x.length / width) * outputs);
  const rows = engine ? outputs : Math.max(4, 4 * Math.floor(PIECE / x.length / 4));
  for await (const block of weights.blocks(name, rows, signal)) {
    if (engine) await engineBlock(engine, x, block, width, out, outputs);
    else linear(x, block, width, out, outputs);
    await pacer.pause();
  }
  return out;
}

/** As `linear`. The engine writes a block densely; only one row, or one block, lies so in the result. */
async function engineBlock(
  engine: MatrixEngine,
  x: Float32Array,
  { data, first, rows }: WeightRows,
  width: number,
  out: Float32Array,
  outputs: number,
): Promise<void> {
  const m = x.length / width;
  const isDense = m === 1 || rows === outputs;
  const block = isDense ? out.subarray(first, first + m * rows) : new Float32Array(m * rows);
  await engine.product({ x, w: data, out: block, m, n: rows, k: width, transposed: true });
  if (isDense) return;
  for (let t = 0; t < m; t++) out.set(block.subarray(t * rows, (t + 1) * rows), t * outputs + first);
}
