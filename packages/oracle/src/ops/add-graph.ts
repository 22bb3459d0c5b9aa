import type { GraphBuilder, Value } from '../onnxruntime/graph-builder.ts';

/** `add` as graph. */
export function addGraph(graph: GraphBuilder, a: Value, b: Value): Value {
  return graph.node('Add', [a, b]);
}
