import { layerWeight, type ModelSpec, type OpKind, type OpNode } from '@tilewright/spec';
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
  readonly pacer: Pacer;
  readonly signal: AbortSignal | undefined;
}

type OpRunner = (op: OpNode, inputs: readonly Float32Array[], context: LayerContext) => Promise<Float32Array>;

const RUNNERS: Readonly<Record<OpKind, OpRunner>> = {
  'rms-norm': async (op, [x], context) => rmsNorm(x, await weight(op, context), context.model.rmsNormEpsilon),
  'qk-norm': async (op, [x], context) => qkNorm(x, await weight(op, context), context.model.rmsNormEpsilon),
  'bias-add': async (op, [x], context) => biasAdd(x, await weight(op, context)),
  matmul: (op, [x], { weights, layer, tokens, pacer, signal }) => {
    const sizes = { width: x.length / tokens, outputs: op.outputWidth };
    return matrixProduct(x, weights, layerWeight(layer, op.weights[0]), sizes, pacer, signal);
  },
  rope: async (op, [x], { ropeTable, model }) => rope(x, ropeTable, op.outputHeads, model.headDim),
  attention: async (_op, [queries, newKeys, newValues], { cache, model, tokens, past, pacer }) => {
    const { keys, values } = cache.write(past, newKeys, newValues);
    const { heads, keyValueHeads, headDim } = model;
    return attentionInBlocks(queries, keys, values, { tokens, past, heads, keyValueHeads, headDim }, pacer);
  },
  add: async (_op, [a, b]) => add(a, b),
  'silu-mul': async (_op, [gate, up]) => siluMul(gate, up),
};

/** Computes one op of a layer: inputs and result are [tokens, width], heads side by side. */
export function runOp(op: OpNode, inputs: readonly Float32Array[], context: LayerContext): Promise<Float32Array> {
  return RUNNERS[op.kind](op, inputs, context);
}

function weight(op: OpNode, { weights, layer, signal }: LayerContext): Promise<Float32Array> {
  return weights.whole(layerWeight(layer, op.weights[0]), signal);
}
