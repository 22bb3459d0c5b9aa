import { layerWeight, type MatrixEngine, type ModelSpec, type OpKind, type OpNode } from '@tilewright/spec';
import { add } from '../ops/add.ts';
import { biasAdd } from '../ops/bias-add.ts';
import { qkNorm } from '../ops/qk-norm.ts';
import { rmsNorm } from '../ops/rms-norm.ts';
import { type RopeTable, rope } from '../ops/rope.ts';
import { siluMul } from '../ops/silu-mul.ts';
import { attentionInBlocks } from './attention-in-blocks.ts';
import type { KeyValueCache } from './key-value-cache.ts';
import { matrixProduct } from './matrix-product.ts';
import type { Pacer } from './pacer.ts';
import type { WeightCache } from './weight-cache.ts';

/** What the ops of one layer need besides their inputs. */
export interface LayerContext {
  readonly model: ModelSpec;
  readonly layer: number;
  /** How many tokens are computed, and how many came before them. */
  readonly tokens: number;
  readonly past: number;
  readonly ropeTable: RopeTable;
  readonly cache: KeyValueCache;
  readonly weights: WeightCache;
  readonly engine: MatrixEngine | undefined;
  readonly pacer: Pacer;
  readonly signal: AbortSignal | undefined;
}

type OpRunner = (op: OpNode, inputs: readonly Float32Array[], context: LayerContext) => Promise<Float32Array>;

const RUNNERS: Readonly<Record<OpKind, OpRunner>> = {
  'rms-norm': (op, [x], context) =>
    withWeight(op, context, (weight) => rmsNorm(x, weight, context.model.rmsNormEpsilon)),
  'qk-norm': (op, [x], context) => withWeight(op, context, (weight) => qkNorm(x, weight, context.model.rmsNormEpsilon)),
  'bias-add': (op, [x], context) => withWeight(op, context, (bias) => biasAdd(x, bias)),
  matmul: (op, [x], context) => {
    const sizes = { width: x.length / context.tokens, outputs: op.outputWidth };
    return matrixProduct(x, layerWeight(context.layer, op.weights[0]), sizes, context);
  },
  rope: async (op, [x], { ropeTable, model }) => rope(x, ropeTable, op.outputHeads, model.headDim),
  attention: async (_op, [queries, newKeys, newValues], { cache, model, tokens, past, engine, pacer }) => {
    const { keys, values } = cache.write(past, newKeys, newValues);
    const { heads, keyValueHeads, headDim } = model;
    const shape = { tokens, past, heads, keyValueHeads, headDim };
    return attentionInBlocks({ queries, keys, values }, shape, engine, pacer);
  },
  add: async (_op, [a, b]) => add(a, b),
  'silu-mul': async (_op, [gate, up]) => siluMul(gate, up),
};

/**
 * Computes one op of a layer by itself: inputs and result are [tokens, width], heads side by side. Products are the
 * engine's where there is one, and everything else is the readable implementation.
 */
export function runOp(op: OpNode, inputs: readonly Float32Array[], context: LayerContext): Promise<Float32Array> {
  return RUNNERS[op.kind](op, inputs, context);
}

async function withWeight(
  op: OpNode,
  { weights, layer, signal }: LayerContext,
  compute: (weight: Float32Array) => Float32Array,
): Promise<Float32Array> {
  const { data, release } = await weights.lease(layerWeight(layer, op.weights[0]), signal);
  try {
    return compute(data);
  } finally {
    release();
  }
}
