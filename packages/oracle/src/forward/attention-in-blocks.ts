import type { MatrixEngine } from '@tilewright/spec';
import { type AttentionShape, attention } from '../ops/attention.ts';
import { attentionByProducts } from '../ops/attention-by-products.ts';
import type { AttentionBlock } from './graph-engine.ts';
import { isGraphEngine } from './graph-engine.ts';
import type { Pacer } from './pacer.ts';

/** Multiply-accumulates between two pauses of the readable implementation: some tens of milliseconds. */
const PIECE = 2 ** 25;
/** Scores that an engine holds at a time: 32 MiB, which a last-level cache may hold. */
const SCORES = 2 ** 23;

/**
 * `attention` over some queries at a time, so that a long prefill can be cancelled, and that no more keys are
 * multiplied than the block's last query sees; the result is the same.
 */
export async function attentionInBlocks(
  operands: Omit<AttentionBlock, 'shape' | 'out'>,
  shape: AttentionShape,
  engine: MatrixEngine | undefined,
  pacer: Pacer,
): Promise<Float32Array> {
  const { tokens: count, past, heads, headDim } = shape;
  const width = heads * headDim;
  const out = new Float32Array(count * width);
  const visible = past + count;
  const step = Math.max(1, Math.floor(engine ? SCORES / (heads * visible) : PIECE / (2 * width * visible)));
  for (let first = 0; first < count; first += step) {
    const tokens = Math.min(step, count - first);
    const part = (values: Float32Array) => values.subarray(first * width, (first + tokens) * width);
    await attend(engine, {
      ...operands,
      queries: part(operands.queries),
      shape: { ...shape, tokens, past: past + first },
      out: part(out),
    });
    await pacer.pause();
  }
  return out;
}

async function attend(engine: MatrixEngine | undefined, block: AttentionBlock): Promise<void> {
  if (isGraphEngine(engine)) await engine.attention(block);
  else if (engine) await attentionByProducts(engine, block);
  else block.out.set(attention(block.queries, block.keys, block.values, block.shape));
}
