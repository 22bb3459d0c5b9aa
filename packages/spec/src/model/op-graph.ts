import type { ModelSpec } from './model-spec.ts';

/**
 * The model as a list of kernels in execution order. This is the one description from which the
 * oracle computes, the registry plans and the gates know what to compare; the goldens of Hugging
 * Face hold it to the truth.
 */
export type OpKind = 'rms-norm' | 'matmul' | 'bias-add' | 'qk-norm' | 'rope' | 'attention' | 'add' | 'silu-mul';

/** Which weight an op takes, within a layer: `input_norm.weight`, `q_proj.weight`, `q_proj.bias`, … */
export type LayerWeight = string;

/**
 * One kernel of a layer. `output` is its tap name within the layer; `inputs` are tap names of
 * earlier ops, or `input`, the residual stream that enters the layer. Shapes are per token:
 * `outputWidth` elements, of which there are `outputHeads` groups where heads matter.
 */
export interface OpNode {
  readonly kind: OpKind;
  readonly output: string;
  readonly inputs: readonly string[];
  readonly weights: readonly LayerWeight[];
  readonly outputWidth: number;
  /** Number of heads in the output; 1 where the output is one plain vector per token. */
  readonly outputHeads: number;
  /** For `matmul`: the length of the sum, K. */
  readonly reduction?: number;
}

/** Tap names outside the layers. */
export const MODEL_TAPS = ['embedding', 'final_norm', 'logits'] as const;

/** The full tap name of an op's output in a layer, as the goldens write it. */
export function layerTap(layer: number, output: string): string {
  return `layers.${layer}.${output}`;
}

/** The full name of a layer's weight, in our naming: `layers.3.q_proj.weight`. */
export function layerWeight(layer: number, weight: LayerWeight): string {
  return `layers.${layer}.${weight}`;
}

/** Weights outside the layers, in our naming. A tied head has no `lm_head.weight`. */
export const MODEL_WEIGHTS = {
  embedding: 'embedding.weight',
  finalNorm: 'final_norm.weight',
  head: 'lm_head.weight',
} as const;

/** The name of the head's weight: its own, or the embedding's where they are tied. */
export function headWeight(model: ModelSpec): string {
  return model.tiedHead ? MODEL_WEIGHTS.embedding : MODEL_WEIGHTS.head;
}

function projection(
  name: string,
  input: string,
  outputWidth: number,
  outputHeads: number,
  reduction: number,
  bias: boolean,
): OpNode[] {
  const product = bias ? `${name}.matmul` : name;
  const nodes: OpNode[] = [
    {
      kind: 'matmul',
      output: product,
      inputs: [input],
      weights: [`${name}.weight`],
      outputWidth,
      outputHeads,
      reduction,
    },
  ];
  if (bias) {
    nodes.push({
      kind: 'bias-add',
      output: name,
      inputs: [product],
      weights: [`${name}.bias`],
      outputWidth,
      outputHeads,
    });
  }
  return nodes;
}

/**
 * The kernels of one layer in execution order; every layer is the same. For Llama-3.2-1B these are
 * the 15 kernels that a naive prefill dispatches one by one.
 */
export function layerOps(model: ModelSpec): readonly OpNode[] {
  const { hiddenSize, intermediateSize, heads, keyValueHeads, headDim, bias } = model;
  const queryWidth = heads * headDim;
  const keyValueWidth = keyValueHeads * headDim;
  const plain = { outputWidth: hiddenSize, outputHeads: 1 };
  const query = { outputWidth: queryWidth, outputHeads: heads };
  const key = { outputWidth: keyValueWidth, outputHeads: keyValueHeads };
  const wide = { outputWidth: intermediateSize, outputHeads: 1 };

  const nodes: OpNode[] = [
    { kind: 'rms-norm', output: 'input_norm', inputs: ['input'], weights: ['input_norm.weight'], ...plain },
    ...projection('q_proj', 'input_norm', queryWidth, heads, hiddenSize, bias.qkv),
    ...projection('k_proj', 'input_norm', keyValueWidth, keyValueHeads, hiddenSize, bias.qkv),
    ...projection('v_proj', 'input_norm', keyValueWidth, keyValueHeads, hiddenSize, bias.qkv),
  ];
  if (model.qkNorm) {
    nodes.push(
      { kind: 'qk-norm', output: 'q_norm', inputs: ['q_proj'], weights: ['q_norm.weight'], ...query },
      { kind: 'qk-norm', output: 'k_norm', inputs: ['k_proj'], weights: ['k_norm.weight'], ...key },
    );
  }
  nodes.push(
    { kind: 'rope', output: 'q_rope', inputs: [model.qkNorm ? 'q_norm' : 'q_proj'], weights: [], ...query },
    { kind: 'rope', output: 'k_rope', inputs: [model.qkNorm ? 'k_norm' : 'k_proj'], weights: [], ...key },
    { kind: 'attention', output: 'attention', inputs: ['q_rope', 'k_rope', 'v_proj'], weights: [], ...query },
    ...projection('o_proj', 'attention', hiddenSize, 1, queryWidth, bias.output),
    { kind: 'add', output: 'attention_residual', inputs: ['input', 'o_proj'], weights: [], ...plain },
    {
      kind: 'rms-norm',
      output: 'post_attention_norm',
      inputs: ['attention_residual'],
      weights: ['post_attention_norm.weight'],
      ...plain,
    },
    ...projection('gate_proj', 'post_attention_norm', intermediateSize, 1, hiddenSize, bias.mlp),
    ...projection('up_proj', 'post_attention_norm', intermediateSize, 1, hiddenSize, bias.mlp),
    { kind: 'silu-mul', output: 'silu_mul', inputs: ['gate_proj', 'up_proj'], weights: [], ...wide },
    ...projection('down_proj', 'silu_mul', hiddenSize, 1, intermediateSize, bias.mlp),
    { kind: 'add', output: 'output', inputs: ['attention_residual', 'down_proj'], weights: [], ...plain },
  );
  return nodes;
}

/** The expected shape of every weight of a model, by our names. */
export function weightShapes(model: ModelSpec): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  shapes.set(MODEL_WEIGHTS.embedding, [model.vocabularySize, model.hiddenSize]);
  for (let layer = 0; layer < model.layers; layer++) {
    for (const op of layerOps(model)) {
      for (const weight of op.weights) shapes.set(layerWeight(layer, weight), weightShape(model, op));
    }
  }
  shapes.set(MODEL_WEIGHTS.finalNorm, [model.hiddenSize]);
  if (!model.tiedHead) shapes.set(MODEL_WEIGHTS.head, [model.vocabularySize, model.hiddenSize]);
  return shapes;
}

function weightShape(model: ModelSpec, op: OpNode): readonly number[] {
  if (op.kind === 'matmul') return [op.outputWidth, op.reduction as number];
  if (op.kind === 'qk-norm') return [model.headDim];
  return [op.outputWidth];
}
