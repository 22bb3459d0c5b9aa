import { headWeight, layerOps, layerWeight, weightShapes } from '@tilewright/spec';

/** Rows of the head that are multiplied at a time. */
const HEAD_ROWS = 8192;

/**
 * The matrix products of a prefill and nothing else, on the same engine: weights already widened, arrays already
 * there. `layer()` and `head()` each take the seconds that they tell.
 */
export async function bareGemms({ model, weights, engine, tokens }) {
  const widest = Math.max(HEAD_ROWS, ...layerOps(model).map(({ outputWidth }) => outputWidth));
  const x = Float32Array.from({ length: tokens * widest }, (_, i) => ((i * 2654435761) % 2001) / 1000 - 1);
  const out = new Float32Array(tokens * widest);
  const products = [];
  for (const op of layerOps(model)) {
    if (op.kind !== 'matmul') continue;
    const { data } = await weights.read(layerWeight(0, op.weights[0]));
    const { outputWidth: n, reduction: k } = op;
    const arrays = { x: x.subarray(0, tokens * k), w: data, out: out.subarray(0, tokens * n) };
    products.push({ ...arrays, m: tokens, n, k, transposed: true });
  }
  const head = headWeight(model);
  const [outputs, k] = weightShapes(model).get(head);
  const { data: headRows } = await weights.readRows(head, 0, Math.min(HEAD_ROWS, outputs));
  const timed = async (list) => {
    const start = performance.now();
    for (const product of list) await engine.product(product);
    return (performance.now() - start) / 1000;
  };
  return {
    layer: () => timed(products),
    head: () => {
      const blocks = [];
      for (let first = 0; first < outputs; first += HEAD_ROWS) {
        const n = Math.min(HEAD_ROWS, outputs - first);
        const arrays = { x: x.subarray(0, k), w: headRows.subarray(0, n * k), out: out.subarray(0, n) };
        blocks.push({ ...arrays, m: 1, n, k, transposed: true });
      }
      return timed(blocks);
    },
  };
}
