import type { GraphBuilder, Value } from '../onnxruntime/graph-builder.ts';

/** `rmsNorm` as graph: a layer norm that is simplified by not taking the mean off. */
export function rmsNormGraph(graph: GraphBuilder, x: Value, weight: Value, epsilon: number): Value {
  return graph.node('SimplifiedLayerNormalization', [x, weight], { axis: -1, epsilon: { float: epsilon } });
}
