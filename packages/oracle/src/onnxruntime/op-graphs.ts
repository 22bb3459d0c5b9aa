import { type ModelSpec, type OpKind, type OpNode, TilewrightError } from '@tilewright/spec';
import { addGraph } from '../ops/add-graph.ts';
import { biasAddGraph } from '../ops/bias-add-graph.ts';
import { linearGraph } from '../ops/linear-graph.ts';
import { qkNormGraph } from '../ops/qk-norm-graph.ts';
import { rmsNormGraph } from '../ops/rms-norm-graph.ts';
import { ropeGraph } from '../ops/rope-graph.ts';
import { siluMulGraph } from '../ops/silu-mul-graph.ts';
import { GraphBuilder, type Value } from './graph-builder.ts';

/** Names of a graph's rotary table, [tokens, headDim / 2] each. Inputs and weights have their names within the layer. */
export const ROPE_TABLE = { cosines: 'rope.cosines', sines: 'rope.sines' } as const;

/** What an op's graph is made of, apart from its inputs. */
interface Surroundings {
  readonly graph: GraphBuilder;
  readonly model: ModelSpec;
  /** The op's weight. */
  readonly weight: Value;
  readonly ropeTable: { readonly cosines: Value; readonly sines: Value };
}

type OpEmitter = (op: OpNode, inputs: readonly Value[], surroundings: Surroundings) => Value;

/** The fast implementation of each op, as `runOp` has the readable ones; attention is a graph of its own. */
const EMITTERS: Readonly<Record<Exclude<OpKind, 'attention'>, OpEmitter>> = {
  'rms-norm': (_op, [x], { graph, weight, model }) => rmsNormGraph(graph, x, weight, model.rmsNormEpsilon),
  'qk-norm': (op, [x], { graph, weight, model }) =>
    qkNormGraph(graph, x, weight, model.rmsNormEpsilon, { heads: op.outputHeads, headDim: model.headDim }),
  'bias-add': (_op, [x], { graph, weight }) => biasAddGraph(graph, x, weight),
  matmul: (_op, [x], { graph, weight }) => linearGraph(graph, x, weight),
  rope: (op, [x], { graph, ropeTable }) => ropeGraph(graph, x, ropeTable, op.outputWidth),
  add: (_op, [a, b], { graph }) => addGraph(graph, a, b),
  'silu-mul': (_op, [gate, up], { graph }) => siluMulGraph(graph, gate, up),
};

/** The shape of an op's weight. */
export function weightDimensions(op: OpNode, model: ModelSpec): readonly number[] {
  if (op.kind === 'matmul') return [op.outputWidth, op.reduction as number];
  return [op.kind === 'qk-norm' ? model.headDim : op.outputWidth];
}

/** One graph of `ops`, encoded; it yields those of their outputs that are `wanted`, in the order of the ops. */
export function opGraph(model: ModelSpec, ops: readonly OpNode[], wanted: ReadonlySet<string>): Uint8Array {
  const graph = new GraphBuilder();
  const values = new Map<string, Value>();
  if (ops.some((op) => op.kind === 'rope')) {
    graph.input(ROPE_TABLE.cosines, 'float32', ['tokens', model.headDim / 2]);
    graph.input(ROPE_TABLE.sines, 'float32', ['tokens', model.headDim / 2]);
  }
  for (const op of ops) {
    if (op.kind === 'attention') {
      throw new TilewrightError('internal', 'Attention is no part of a graph of ops.', 'Report this as a bug.');
    }
    const inputs = op.inputs.map((name) => {
      const value = values.get(name) ?? graph.input(name, 'float32', ['tokens', `${name}.width`]);
      values.set(name, value);
      return value;
    });
    for (const weight of op.weights) graph.input(weight, 'float32', weightDimensions(op, model));
    const value = EMITTERS[op.kind](op, inputs, { graph, model, weight: op.weights[0], ropeTable: ROPE_TABLE });
    values.set(op.output, value);
    if (wanted.has(op.output)) graph.output(value, 'float32', ['tokens', op.outputWidth]);
  }
  return graph.encode();
}
