import type { ModelSpec } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { decodeAttention } from './decode-attention.ts';
import { finalNorm } from './final-norm.ts';
import { KeyValueCache } from './key-value-cache.ts';
import { ropeRows, rotationFrequencies } from './rope-rows.ts';

const model: ModelSpec = {
  specificationVersion: 'v1',
  family: 'llama',
  layers: 1,
  hiddenSize: 8,
  intermediateSize: 8,
  heads: 2,
  keyValueHeads: 1,
  headDim: 4,
  vocabularySize: 8,
  maxPositions: 64,
  rmsNormEpsilon: 0,
  rope: { theta: 10000, scaling: { type: 'none' } },
  activation: 'silu',
  attention: { mask: 'causal', window: null },
  tiedHead: true,
  bias: { qkv: false, output: false, mlp: false },
  qkNorm: false,
  weightFormat: null,
  beginOfTextToken: null,
  endOfTextTokens: [],
};

describe('rotation', () => {
  it('turns each pair by θ^(−2i/d) per position, and is repeated for each head', () => {
    const frequencies = rotationFrequencies(model.rope, 4);
    expect(frequencies[0]).toBe(1);
    expect(frequencies[1]).toBeCloseTo(0.01, 8);
    const rows = ropeRows(model, frequencies, 2, 3, 2);
    expect(rows.length).toBe(16);
    const expected = [Math.cos(3), Math.cos(0.03), Math.sin(3), Math.sin(0.03)];
    expected.forEach((value, i) => {
      expect(rows[i]).toBeCloseTo(value, 6);
      expect(rows[4 + i]).toBe(rows[i]);
    });
    expect(rows[8]).toBeCloseTo(Math.cos(4), 6);
  });

  it('with llama3 scaling keeps short wavelengths, stretches long ones, and lies between elsewhere', () => {
    const scaling = {
      type: 'llama3',
      factor: 8,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalMaxPositions: 64,
    } as const;
    const plain = rotationFrequencies({ theta: 500000, scaling: { type: 'none' } }, 32);
    const scaled = rotationFrequencies({ theta: 500000, scaling }, 32);
    let between = 0;
    for (const [i, frequency] of plain.entries()) {
      const wavelength = (2 * Math.PI) / frequency;
      if (wavelength < 16) expect(scaled[i]).toBe(frequency);
      else if (wavelength > 64) expect(scaled[i]).toBeCloseTo(frequency / 8, 10);
      else {
        between++;
        expect(scaled[i]).toBeLessThan(frequency);
        expect(scaled[i]).toBeGreaterThan(frequency / 8);
      }
    }
    expect(between).toBeGreaterThan(0);
  });
});

describe('decodeAttention', () => {
  it('averages the values where no key is nearer than another', () => {
    const cache = new KeyValueCache(4);
    cache.write(0, Float32Array.from([0, 0, 0, 0]), Float32Array.from([1, 2, 3, 4]));
    cache.write(1, Float32Array.from([0, 0, 0, 0]), Float32Array.from([3, 4, 5, 6]));
    const output = decodeAttention(new Float32Array(8).fill(1), cache, 2, model);
    expect([...output]).toEqual([2, 3, 4, 5, 2, 3, 4, 5]);
  });

  it('weighs by exp(q·k/√d), and looks no further than the length', () => {
    const cache = new KeyValueCache(4);
    const keys = Float32Array.from([2, 0, 0, 0, 0, 2, 0, 0, 9, 9, 9, 9]);
    cache.write(0, keys, Float32Array.from([1, 0, 0, 0, 0, 1, 0, 0, 7, 7, 7, 7]));
    const query = Float32Array.from([1, 0, 0, 0, 0, 3, 0, 0]);
    const output = decodeAttention(query, cache, 2, model);
    const share = (score: number): number => Math.exp(score) / (Math.exp(score) + 1);
    expect(output[0]).toBeCloseTo(share(1), 6);
    expect(output[1]).toBeCloseTo(1 - share(1), 6);
    expect(output[5]).toBeCloseTo(share(3), 6);
  });
});

describe('finalNorm', () => {
  it('scales to a root mean square of one, times the weight', () => {
    const row = finalNorm(Float32Array.from([3, -3, 3, 3]), Float32Array.from([1, 2, 0, 1]), 0);
    expect([...row]).toEqual([1, -2, 0, 1]);
  });
});
