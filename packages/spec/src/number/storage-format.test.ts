import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bf16ArrayToF32,
  bf16ToF32,
  f16ToF32,
  f32ArrayToBf16,
  f32ToBf16NearestEven,
  f32ToBf16Truncate,
} from './storage-format.ts';

describe('bfloat16', () => {
  it('survives a round trip for every bit pattern', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = bf16ToF32(bits);
      if (Number.isNaN(value)) continue;
      expect(f32ToBf16NearestEven(value)).toBe(bits);
      expect(f32ToBf16Truncate(value)).toBe(bits);
    }
  });

  it('rounds ties to the even neighbour, and truncation towards zero', () => {
    expect(bf16ToF32(f32ToBf16NearestEven(1 + 2 ** -8))).toBe(1);
    expect(bf16ToF32(f32ToBf16NearestEven(1 + 3 * 2 ** -8))).toBe(1 + 2 ** -6);
    expect(bf16ToF32(f32ToBf16Truncate(-1 - 3 * 2 ** -8))).toBe(-1 - 2 ** -7);
  });

  it('keeps NaN and infinities', () => {
    expect(bf16ToF32(f32ToBf16NearestEven(Number.NaN))).toBeNaN();
    expect(bf16ToF32(f32ToBf16Truncate(Number.NaN))).toBeNaN();
    expect(bf16ToF32(f32ToBf16NearestEven(3.4e38))).toBe(Number.POSITIVE_INFINITY);
  });

  it('converts arrays as it converts numbers', () => {
    fc.assert(
      fc.property(fc.float32Array(), (values) => {
        const bits = f32ArrayToBf16(values);
        expect([...bits]).toEqual([...values].map(f32ToBf16NearestEven));
        expect(bf16ArrayToF32(bits)).toEqual(Float32Array.from(bits, bf16ToF32));
      }),
    );
  });
});

describe('float16', () => {
  it('knows its corners', () => {
    expect(f16ToF32(0x3c00)).toBe(1);
    expect(f16ToF32(0xc000)).toBe(-2);
    expect(f16ToF32(0x7bff)).toBe(65504);
    expect(f16ToF32(0x0001)).toBe(2 ** -24);
    expect(f16ToF32(0x8000)).toBe(-0);
    expect(f16ToF32(0x7c00)).toBe(Number.POSITIVE_INFINITY);
    expect(f16ToF32(0x7e01)).toBeNaN();
  });
});
