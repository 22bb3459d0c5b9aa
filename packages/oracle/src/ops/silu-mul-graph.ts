import { type GraphBuilder, MICROSOFT, type Value } from '../onnxruntime/graph-builder.ts';

/** `siluMul` as graph: x · sigmoid(alpha · x) goes by the name of QuickGelu, and is SiLU where alpha is 1. */
export function siluMulGraph(graph: GraphBuilder, gate: Value, up: Value): Value {
  const silu = graph.node('QuickGelu', [gate], { alpha: { float: 1 } }, MICROSOFT);
  return graph.node('Mul', [silu, up]);
}
