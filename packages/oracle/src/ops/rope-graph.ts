import { type GraphBuilder, MICROSOFT, type Value } from '../onnxruntime/graph-builder.ts';

/**
 * `rope` as graph: `x` [tokens, heads · headDim], the table's `cosines` and `sines` [tokens, headDim / 2]. The
 * operator counts positions within the table, and takes a batch.
 */
export function ropeGraph(
  graph: GraphBuilder,
  x: Value,
  table: { readonly cosines: Value; readonly sines: Value },
  width: number,
): Value {
  const batch = graph.node('Unsqueeze', [x, graph.integers([0])]);
  const first = graph.integers([0]);
  const turned = graph.node('RotaryEmbedding', [batch, first, table.cosines, table.sines], {}, MICROSOFT);
  return graph.node('Reshape', [turned, graph.integers([-1, width])]);
}
