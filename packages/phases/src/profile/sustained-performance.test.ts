import type { ModelSpec } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { sustainedPerformance } from './sustained-performance.ts';

const LLAMA_1B = {
  ...{ layers: 16, hiddenSize: 2048, heads: 32, keyValueHeads: 8, headDim: 64, intermediateSize: 8192 },
} as ModelSpec;
const TIMES = { promptTokens: 2048, timeToFirstTokenUs: 1.27e6, decodeLength: 2048, tokenUs: 92_000 };

describe('sustainedPerformance', () => {
  it('is 1 for the reference itself, in both forms', () => {
    const { asPrinted, trueWidth, reference } = sustainedPerformance(LLAMA_1B, TIMES);
    for (const value of [asPrinted.prefill, asPrinted.decode, trueWidth.prefill, trueWidth.decode]) {
      expect(value).toBeCloseTo(1, 12);
    }
    expect(reference).toContain('1.27 s');
  });

  it('doubles with half the time', () => {
    const { asPrinted } = sustainedPerformance(LLAMA_1B, { ...TIMES, timeToFirstTokenUs: 635_000, tokenUs: 46_000 });
    expect(asPrinted.prefill).toBeCloseTo(2, 12);
    expect(asPrinted.decode).toBeCloseTo(2, 12);
  });

  it('counts by hand for a small model whose queries are twice as wide as it is', () => {
    // d 4, n_h·d_h 8, n_kv·d_h 2, d_ff 6, one layer, 3 tokens: printed P = 32+16+72 = 120, true P = 64+16+72 = 152.
    const model = {
      ...{ layers: 1, hiddenSize: 4, heads: 4, keyValueHeads: 1, headDim: 2, intermediateSize: 6 },
    } as ModelSpec;
    const times = { promptTokens: 3, timeToFirstTokenUs: 10, decodeLength: 5, tokenUs: 4 };
    const { asPrinted, trueWidth } = sustainedPerformance(model, times);
    // The reference: P = 2·2048² + 2·2048·512 + 3·2048·8192 = 60,817,408, as facts/models.json has it.
    const P = 60_817_408;
    const prefill = (16 * (2 * 2048 * P + 2 * 2048 ** 2 * 2048)) / 1.27e6;
    const decode = (16 * (2 * P + 4 * 2048 * 512)) / 92_000;
    expect(asPrinted.prefill).toBeCloseTo((720 + 72) / 10 / prefill, 15);
    expect(trueWidth.prefill).toBeCloseTo((912 + 144) / 10 / prefill, 15);
    expect(asPrinted.decode).toBeCloseTo((240 + 40) / 4 / decode, 15);
    expect(trueWidth.decode).toBeCloseTo((304 + 40) / 4 / decode, 15);
  });
});
