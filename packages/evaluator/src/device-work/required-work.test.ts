import type { ModelSpec } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { requiredHeadWork, requiredLayerWork } from './required-work.ts';

const model: ModelSpec = {
  ...{ specificationVersion: 'v1', family: 'qwen3', layers: 3, hiddenSize: 8, intermediateSize: 20 },
  ...{ heads: 4, keyValueHeads: 2, headDim: 3, vocabularySize: 11, maxPositions: 64, rmsNormEpsilon: 1e-6 },
  ...{ rope: { theta: 1e4, scaling: { type: 'none' } }, activation: 'silu', tiedHead: true, qkNorm: true },
  attention: { mask: 'causal', window: null },
  bias: { qkv: true, output: false, mlp: false },
  ...{ weightFormat: 'bf16', beginOfTextToken: null, endOfTextTokens: [] },
};

describe('requiredLayerWork', () => {
  it('counts by hand', () => {
    const work = requiredLayerWork(model, 'prefill', 5);
    expect(
      Object.fromEntries(work.map(({ computes, multiplyAccumulates }) => [computes, multiplyAccumulates])),
    ).toEqual({
      'q_proj.matmul': 5 * 8 * 12,
      'k_proj.matmul': 5 * 8 * 6,
      'v_proj.matmul': 5 * 8 * 6,
      // Five causal rows of 1, 2, … 5 positions, scores and weighted values, 4 heads of 3.
      attention: 15 * 2 * 12,
      o_proj: 5 * 12 * 8,
      gate_proj: 5 * 8 * 20,
      up_proj: 5 * 8 * 20,
      down_proj: 5 * 20 * 8,
    });
    expect(work.find(({ computes }) => computes === 'down_proj')).toMatchObject({
      weight: 'down_proj.weight',
      bytesRead: 320,
    });
  });

  it('leaves the attention of a decode step to the host', () => {
    expect(requiredLayerWork(model, 'decode', 1).map(({ computes }) => computes)).not.toContain('attention');
  });

  it('takes the embedding for a tied head', () => {
    expect(requiredHeadWork(model)).toEqual({
      ...{ computes: 'logits', weight: 'embedding.weight', multiplyAccumulates: 88, bytesRead: 176 },
    });
    expect(requiredHeadWork({ ...model, tiedHead: false }).weight).toBe('lm_head.weight');
  });
});
