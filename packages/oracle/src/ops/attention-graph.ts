import { type GraphBuilder, MICROSOFT, type Value } from '../onnxruntime/graph-builder.ts';

/** Sizes that an attention graph is built for; the numbers of queries and of keys may differ from run to run. */
export interface AttentionHeads {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headDim: number;
}

/**
 * `attention` as graph, over a block of queries: `queries` [tokens, keyValueHeads, group, headDim], `keys` and
 * `values` [visible, keyValueHeads, headDim], `mask` [tokens, visible], which is added to the scores. Result
 * [tokens, keyValueHeads, group, headDim].
 *
 * The heads that share keys lie one after the other, so each key-value head is one product of
 * [group · tokens, headDim] with its keys.
 */
export function attentionGraph(
  graph: GraphBuilder,
  operands: { readonly queries: Value; readonly keys: Value; readonly values: Value; readonly mask: Value },
  { heads, keyValueHeads, headDim }: AttentionHeads,
): Value {
  const { queries, keys, values, mask } = operands;
  const group = heads / keyValueHeads;
  const visible = graph.node('Shape', [keys], { start: 0, end: 1 });
  const shape = (leading: readonly number[], last: Value) =>
    graph.node('Concat', [graph.integers(leading), last], { axis: 0 });

  const byHead = graph.node('Transpose', [queries], { perm: [1, 2, 0, 3] });
  const rows = graph.node('Reshape', [byHead, graph.integers([keyValueHeads, -1, headDim])]);
  const scores = graph.node(
    'FusedMatMul',
    [rows, keys],
    { transB: 1, transBatchB: 1, alpha: { float: 1 / Math.sqrt(headDim) } },
    MICROSOFT,
  );
  const scoresByHead = graph.node('Reshape', [scores, shape([keyValueHeads, group, -1], visible)]);
  const masked = graph.node('Add', [scoresByHead, mask]);
  const softmax = graph.node('Softmax', [masked], { axis: -1 });
  const weights = graph.node('Reshape', [softmax, shape([keyValueHeads, -1], visible)]);
  const sums = graph.node('FusedMatMul', [weights, values], { transBatchB: 1 }, MICROSOFT);
  const sumsByHead = graph.node('Reshape', [sums, graph.integers([keyValueHeads, group, -1, headDim])]);
  return graph.node('Transpose', [sumsByHead], { perm: [2, 0, 1, 3] });
}
