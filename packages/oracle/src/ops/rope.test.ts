import { seededRandom } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { rope, ropeTable } from './rope.ts';
import { ropeFrequencies } from './rope-frequencies.ts';

const plain = { theta: 10000, scaling: { type: 'none' } } as const;

function rotated(x: Float32Array, position: number, headDim: number, heads = 1): Float32Array {
  const tokens = x.length / (heads * headDim);
  return rope(x, ropeTable(ropeFrequencies(plain, headDim), position, tokens), heads, headDim);
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

describe('rope', () => {
  it('pairs element i with element i + half and turns the first pair by one radian a position', () => {
    const out = rotated(Float32Array.of(1, 0, 0, 1), 1, 4);
    // Pair (0, 2) = (1, 0) turns by 1; pair (1, 3) = (0, 1) turns by 10000^(-1/2) = 0.01.
    const expected = [Math.cos(1), -Math.sin(0.01), Math.sin(1), Math.cos(0.01)];
    out.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i], 6);
    });
  });

  it('leaves position 0 alone and keeps every length', () => {
    const random = seededRandom(3);
    const x = Float32Array.from({ length: 16 }, () => random.normal());
    expect(rotated(x, 0, 16)).toEqual(x);
    const y = rotated(x, 57, 16);
    expect(dot(y, y)).toBeCloseTo(dot(x, x), 4);
  });

  it('makes scores depend on the distance alone', () => {
    const random = seededRandom(4);
    const [q, k] = [0, 1].map(() => Float32Array.from({ length: 32 }, () => random.normal()));
    expect(dot(rotated(q, 40, 32), rotated(k, 37, 32))).toBeCloseTo(dot(rotated(q, 3, 32), rotated(k, 0, 32)), 4);
  });

  it('gives consecutive tokens consecutive positions, and all heads of a token the same', () => {
    const x = Float32Array.from({ length: 2 * 2 * 4 }, (_, i) => (i % 4) + 1);
    const out = rotated(x, 5, 4, 2);
    expect(out.subarray(0, 4)).toEqual(out.subarray(4, 8));
    expect(out.subarray(8, 12)).toEqual(rotated(x.subarray(0, 4), 6, 4));
  });
});

describe('ropeFrequencies', () => {
  it('falls from 1 as theta^(-2i / headDim)', () => {
    const frequencies = ropeFrequencies(plain, 8);
    expect([...frequencies]).toEqual([1, 0.1, 0.01, 0.001].map(Math.fround));
  });

  it('with llama3 keeps short wavelengths, divides long ones and joins them without a jump', () => {
    const scaling = {
      type: 'llama3',
      factor: 8,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalMaxPositions: 64,
    } as const;
    const base = ropeFrequencies({ theta: 500000, scaling: { type: 'none' } }, 512);
    const scaled = ropeFrequencies({ theta: 500000, scaling }, 512);
    let between = 0;
    base.forEach((frequency, i) => {
      const wavelength = (2 * Math.PI) / frequency;
      if (wavelength < 64 / 4) expect(scaled[i]).toBe(frequency);
      else if (wavelength > 64) expect(scaled[i]).toBe(Math.fround(frequency / 8));
      else {
        between++;
        // 64 / wavelength runs from 4 (keep) to 1 (divide).
        const share = (64 / wavelength - 1) / 3;
        expect(scaled[i] / (frequency * (share + (1 - share) / 8))).toBeCloseTo(1, 5);
      }
      if (i > 0) expect(scaled[i]).toBeLessThan(scaled[i - 1]);
    });
    expect(between).toBeGreaterThan(10);
  });
});
