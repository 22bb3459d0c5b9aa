import type { MatrixEngine } from '@tilewright/spec';
import type { AttentionBlock } from '../forward/graph-engine.ts';

/**
 * `attention` with the products of an engine: for each key-value head, the scores of all the queries that share
 * it, their softmax, and the sums of values.
 */
export async function attentionByProducts(
  engine: MatrixEngine,
  { queries, keys, values, shape, out }: AttentionBlock,
): Promise<void> {
  const { tokens, past, heads, keyValueHeads, headDim } = shape;
  const group = heads / keyValueHeads;
  const visible = past + tokens;
  const rows = tokens * group;
  const headKeys = new Float32Array(visible * headDim);
  const headValues = new Float32Array(visible * headDim);
  const headQueries = new Float32Array(rows * headDim);
  const scores = new Float32Array(rows * visible);
  const sums = new Float32Array(rows * headDim);

  for (let head = 0; head < keyValueHeads; head++) {
    const stride = { whole: keyValueHeads * headDim, part: headDim, first: head * headDim };
    gather(keys, headKeys, stride);
    gather(values, headValues, stride);
    // The queries of a group lie side by side: rows are [tokens, group].
    const queryStride = { whole: heads * headDim, part: group * headDim, first: head * group * headDim };
    gather(queries, headQueries, queryStride);
    await engine.product({
      x: headQueries,
      w: headKeys,
      out: scores,
      m: rows,
      n: visible,
      k: headDim,
      transposed: true,
    });
    causalSoftmax(scores, visible, (row) => past + Math.floor(row / group) + 1, 1 / Math.sqrt(headDim));
    await engine.product({ x: scores, w: headValues, out: sums, m: rows, n: headDim, k: visible, transposed: false });
    for (let t = 0; t < tokens; t++) {
      const { whole, part, first } = queryStride;
      out.set(sums.subarray(t * part, (t + 1) * part), t * whole + first);
    }
  }
}

/** Some `part` elements of every `whole` ones, side by side. */
function gather(
  from: Float32Array,
  to: Float32Array,
  { whole, part, first }: { readonly whole: number; readonly part: number; readonly first: number },
): void {
  for (let row = 0; row * part < to.length; row++) {
    to.set(from.subarray(row * whole + first, row * whole + first + part), row * part);
  }
}

/** Softmax of the first `seen(row)` scores of each row, scaled, in place; the rest become zero. */
function causalSoftmax(scores: Float32Array, width: number, seen: (row: number) => number, scale: number): void {
  for (let start = 0; start < scores.length; start += width) {
    const end = start + seen(start / width);
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = start; i < end; i++) if (scores[i] > largest) largest = scores[i];
    let total = 0;
    for (let i = start; i < end; i++) {
      const weight = Math.exp((scores[i] - largest) * scale);
      scores[i] = weight;
      total += weight;
    }
    for (let i = start; i < end; i++) scores[i] /= total;
    scores.fill(0, end, start + width);
  }
}
