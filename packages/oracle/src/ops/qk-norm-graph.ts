import type { GraphBuilder, Value } from '../onnxruntime/graph-builder.ts';
import { rmsNormGraph } from './rms-norm-graph.ts';

/** `qkNorm` as graph: `x` [tokens, heads · headDim] with each head as a row. */
export function qkNormGraph(
  graph: GraphBuilder,
  x: Value,
  weight: Value,
  epsilon: number,
  { heads, headDim }: { readonly heads: number; readonly headDim: number },
): Value {
  const rows = graph.node('Reshape', [x, graph.integers([-1, headDim])]);
  const normed = rmsNormGraph(graph, rows, weight, epsilon);
  return graph.node('Reshape', [normed, graph.integers([-1, heads * headDim])]);
}
