import type { ModelSpec } from '@tilewright/spec';

/** Llama-3.2-1B, as far as shapes go. */
export const LLAMA_1B: ModelSpec = {
  specificationVersion: 'v1',
  family: 'llama',
  layers: 16,
  hiddenSize: 2048,
  intermediateSize: 8192,
  heads: 32,
  keyValueHeads: 8,
  headDim: 64,
  vocabularySize: 128_256,
  maxPositions: 131_072,
  rmsNormEpsilon: 1e-5,
  rope: { theta: 500_000, scaling: { type: 'none' } },
  activation: 'silu',
  attention: { mask: 'causal', window: null },
  tiedHead: true,
  bias: { qkv: false, output: false, mlp: false },
  qkNorm: false,
  weightFormat: 'bf16',
  beginOfTextToken: null,
  endOfTextTokens: [],
};

/** Odd everywhere, with every op that a layer can have. */
export const ODD_MODEL: ModelSpec = {
  ...LLAMA_1B,
  layers: 2,
  hiddenSize: 90,
  intermediateSize: 211,
  heads: 5,
  keyValueHeads: 1,
  headDim: 18,
  vocabularySize: 331,
  maxPositions: 256,
  tiedHead: false,
  bias: { qkv: true, output: true, mlp: true },
  qkNorm: true,
};
