import { describe, expect, it } from 'vitest';
import type { ModelSpec } from './model-spec.ts';
import { headWeight, layerOps, weightShapes } from './op-graph.ts';

const llama: ModelSpec = {
  specificationVersion: 'v1',
  family: 'llama',
  layers: 16,
  hiddenSize: 2048,
  intermediateSize: 8192,
  heads: 32,
  keyValueHeads: 8,
  headDim: 64,
  vocabularySize: 128256,
  maxPositions: 131072,
  rmsNormEpsilon: 1e-5,
  rope: { theta: 500000, scaling: { type: 'none' } },
  activation: 'silu',
  attention: { mask: 'causal', window: null },
  tiedHead: true,
  bias: { qkv: false, output: false, mlp: false },
  qkNorm: false,
  weightFormat: 'bf16',
  beginOfTextToken: 128000,
  endOfTextTokens: [128001],
};

describe('layerOps', () => {
  it('has the 15 kernels per layer of Llama-3.2-1B', () => {
    expect(layerOps(llama).map((op) => op.output)).toEqual([
      'input_norm',
      'q_proj',
      'k_proj',
      'v_proj',
      'q_rope',
      'k_rope',
      'attention',
      'o_proj',
      'attention_residual',
      'post_attention_norm',
      'gate_proj',
      'up_proj',
      'silu_mul',
      'down_proj',
      'output',
    ]);
  });

  it('adds a bias after its product, and norms per head before the rotation', () => {
    const biased = layerOps({ ...llama, bias: { qkv: true, output: false, mlp: false }, qkNorm: true });
    const inputs = Object.fromEntries(biased.map((op) => [op.output, op.inputs]));
    expect(inputs.q_proj).toEqual(['q_proj.matmul']);
    expect(inputs.q_norm).toEqual(['q_proj']);
    expect(inputs.q_rope).toEqual(['q_norm']);
    expect(inputs.attention).toEqual(['q_rope', 'k_rope', 'v_proj']);
  });

  it('only reads what an earlier op has made', () => {
    for (const qkNorm of [false, true]) {
      const made = new Set(['input']);
      for (const op of layerOps({ ...llama, qkNorm, bias: { qkv: true, output: true, mlp: true } })) {
        for (const input of op.inputs) expect(made).toContain(input);
        made.add(op.output);
      }
    }
  });
});

describe('weightShapes', () => {
  it('adds up to the published parameter count of Llama-3.2-1B', () => {
    let parameters = 0;
    for (const shape of weightShapes(llama).values()) parameters += shape.reduce((a, b) => a * b);
    expect(parameters).toBe(1_235_814_400);
  });

  it('gives an untied head its own weight', () => {
    const untied = { ...llama, tiedHead: false };
    expect(weightShapes(untied).get('lm_head.weight')).toEqual([128256, 2048]);
    expect(headWeight(untied)).toBe('lm_head.weight');
    expect(headWeight(llama)).toBe('embedding.weight');
  });
});
