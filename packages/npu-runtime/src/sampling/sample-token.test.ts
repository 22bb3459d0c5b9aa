import { seededRandom } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { sampleToken } from './sample-token.ts';

const logits = Float32Array.from([0, 2, -1, 2, 1]);

describe('sampleToken', () => {
  it('greedy takes the largest logit, the first of equals', () => {
    expect(sampleToken(logits, { kind: 'greedy' })).toBe(1);
  });

  it('draws tokens as often as their probabilities say', () => {
    const random = seededRandom(7);
    const counts = new Array<number>(5).fill(0);
    for (let i = 0; i < 20000; i++) counts[sampleToken(logits, { kind: 'random', temperature: 1, random })] += 1;
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    for (const [token, logit] of logits.entries()) {
      expect(Math.abs(counts[token] / 20000 - Math.exp(logit) / total)).toBeLessThan(0.012);
    }
  });

  it('draws among the top k only, and the same for the same seed', () => {
    const draw = (seed: number): number[] => {
      const random = seededRandom(seed);
      return Array.from({ length: 50 }, () => sampleToken(logits, { kind: 'random', temperature: 2, topK: 2, random }));
    };
    expect(new Set(draw(3))).toEqual(new Set([1, 3]));
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
  });
});
