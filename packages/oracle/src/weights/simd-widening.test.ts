import { bf16ToF32 } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { hasNonFinite, widenBf16 } from './simd-widening.ts';

describe('widenBf16', () => {
  it('widens every pattern to the bit', () => {
    const patterns = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
    const out = new Float32Array(65536);
    widenBf16(new Uint8Array(patterns.buffer), out);
    const words = new Uint32Array(out.buffer);
    expect(words.findIndex((word, bits) => word !== bits * 65536)).toBe(-1);
    expect(out[0x3fc0]).toBe(bf16ToF32(0x3fc0));
  });

  it.each([0, 1, 7, 8, 9, 32767, 32768, 32769, 100_003])('widens %i, and writes nowhere else', (length) => {
    const patterns = Uint16Array.from({ length }, (_, i) => (i * 40503) & 0x7fff);
    const memory = new Float32Array(length + 2).fill(-5);
    widenBf16(new Uint8Array(patterns.buffer), memory.subarray(1, length + 1));
    expect(Array.from(patterns).findIndex((bits, i) => !Object.is(memory[i + 1], bf16ToF32(bits)))).toBe(-1);
    expect([memory[0], memory[length + 1]]).toEqual([-5, -5]);
  });
});

describe('hasNonFinite', () => {
  it.each([1, 3, 4, 5, 16384, 16385, 50_001])('finds the one among %i, wherever it is', (length) => {
    const values = new Float32Array(length).fill(-3.4028234663852886e38);
    expect(hasNonFinite(values)).toBe(false);
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const place of [0, length >> 1, length - 1]) {
        const spoilt = values.slice();
        spoilt[place] = wrong;
        expect(hasNonFinite(spoilt)).toBe(true);
        expect(hasNonFinite(values)).toBe(false);
      }
    }
  });

  it('takes subnormal numbers and zeros for finite', () => {
    expect(hasNonFinite(Float32Array.of(0, -0, 1e-45, -1e-45, 1e38))).toBe(false);
    expect(hasNonFinite(new Float32Array(0))).toBe(false);
  });
});
