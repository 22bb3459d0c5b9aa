import type { GraphBuilder, Value } from '../onnxruntime/graph-builder.ts';

/** `biasAdd` as graph: Add repeats the [width] of the bias over the rows. */
export function biasAddGraph(graph: GraphBuilder, x: Value, bias: Value): Value {
  return graph.node('Add', [x, bias]);
}
