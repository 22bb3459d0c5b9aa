import type { GraphBuilder, Value } from '../onnxruntime/graph-builder.ts';

/** `linear` as graph: the weight stays [outputs, width], as the checkpoint has it. */
export function linearGraph(graph: GraphBuilder, x: Value, weight: Value): Value {
  return graph.node('Gemm', [x, weight], { transB: 1 });
}
