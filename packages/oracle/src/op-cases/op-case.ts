import type { ModelSpec, OpNode } from '@tilewright/spec';

/** One op at one shape, with inputs of one magnitude: what every implementation of the op must agree on. */
export interface OpCase {
  /** What is special about it: `one row`, `prime sizes`. */
  readonly name: string;
  readonly op: OpNode;
  readonly model: ModelSpec;
  readonly tokens: number;
  /** How many tokens came before: the position of the first. */
  readonly past: number;
  /** Standard deviation of the inputs. */
  readonly magnitude: number;
  /** Where the readable implementation is the truth: |fast − readable| ≤ absolute + relative · |readable|. */
  readonly tolerance: { readonly absolute: number; readonly relative: number };
}

/** Sizes that matter to an op; the rest of a case's model follows from them. */
export interface OpSizes {
  readonly tokens: number;
  readonly past?: number;
  readonly width?: number;
  readonly reduction?: number;
  readonly heads?: number;
  readonly keyValueHeads?: number;
  readonly headDim?: number;
  readonly magnitude?: number;
}

/** Inputs, weights and outputs of each kind of op, and what another order of its sums may cost. */
const KINDS: Readonly<
  Record<OpNode['kind'], { inputs: readonly string[]; weights: readonly string[]; absolute: (sizes: Sizes) => number }>
> = {
  'rms-norm': { inputs: ['x'], weights: ['weight'], absolute: () => 2e-6 },
  'qk-norm': { inputs: ['x'], weights: ['weight'], absolute: () => 2e-6 },
  'bias-add': { inputs: ['x'], weights: ['weight'], absolute: () => 0 },
  // A sum in float32 rounds by 6e-8 of itself at each addition. Sums of random signs grow with the root of their length, and
  // so do the sums of their roundings: together with the length.
  matmul: {
    inputs: ['x'],
    weights: ['weight'],
    absolute: ({ magnitude, reduction }) => magnitude * (2e-6 + 1e-7 * reduction),
  },
  rope: { inputs: ['x'], weights: [], absolute: ({ magnitude }) => 1e-6 * magnitude },
  // Scores are exponents: their rounding, about 1e-7 of the largest, is a relative error of the weights.
  attention: {
    inputs: ['queries', 'keys', 'values'],
    weights: [],
    absolute: ({ magnitude, headDim }) => 2e-6 * magnitude * (1 + magnitude ** 2 * Math.sqrt(headDim)),
  },
  add: { inputs: ['a', 'b'], weights: [], absolute: () => 0 },
  'silu-mul': { inputs: ['gate', 'up'], weights: [], absolute: ({ magnitude }) => 2e-6 * magnitude ** 2 },
};

type Sizes = Required<OpSizes>;

export function opCase(kind: OpNode['kind'], name: string, given: OpSizes): OpCase {
  const heads = given.heads ?? 1;
  const headDim = given.headDim ?? 16;
  const isPerHead = kind === 'qk-norm' || kind === 'rope' || kind === 'attention';
  const sizes: Sizes = {
    ...{ past: 0, heads, headDim, keyValueHeads: heads, reduction: 1, magnitude: 1 },
    ...{ width: isPerHead ? heads * headDim : 1 },
    ...given,
  };
  const { inputs, weights, absolute } = KINDS[kind];
  const op: OpNode = {
    ...{ kind, output: 'out', inputs, weights, outputWidth: sizes.width, outputHeads: heads },
    ...(kind === 'matmul' && { reduction: sizes.reduction }),
  };
  const { tokens, past, magnitude } = sizes;
  return {
    name,
    op,
    model: model(sizes),
    tokens,
    past,
    magnitude,
    tolerance: { absolute: absolute(sizes), relative: 2e-6 },
  };
}

/** A model with these heads; nothing else of it matters to an op. */
function model({ heads, keyValueHeads, headDim, width }: Sizes): ModelSpec {
  return {
    specificationVersion: 'v1',
    family: 'llama',
    layers: 1,
    hiddenSize: width,
    intermediateSize: width,
    ...{ heads, keyValueHeads, headDim },
    vocabularySize: 1,
    maxPositions: 2 ** 20,
    rmsNormEpsilon: 1e-5,
    rope: { theta: 500_000, scaling: { type: 'none' } },
    activation: 'silu',
    attention: { mask: 'causal', window: null },
    tiedHead: true,
    bias: { qkv: false, output: false, mlp: false },
    qkNorm: false,
    weightFormat: 'f32',
    beginOfTextToken: null,
    endOfTextTokens: [],
  };
}
