import { describe, expect, it } from 'vitest';
import { add } from './add.ts';
import { biasAdd } from './bias-add.ts';
import { embedding } from './embedding.ts';
import { siluMul } from './silu-mul.ts';

const f32 = (...values: number[]) => Float32Array.from(values);

describe('elementwise ops', () => {
  it('add', () => expect([...add(f32(1, -2), f32(0.5, 2))]).toEqual([1.5, 0]));

  it('biasAdd adds the vector to every row', () => {
    expect([...biasAdd(f32(1, 2, 3, 4), f32(10, 20))]).toEqual([11, 22, 13, 24]);
  });

  it('siluMul is gate · sigmoid(gate) · up', () => {
    const ln3 = Math.log(3); // sigmoid(ln 3) = 3/4
    const out = siluMul(f32(0, ln3, -ln3), f32(5, 4, 4));
    expect(out[0]).toBe(0);
    expect(out[1]).toBeCloseTo(3 * ln3, 6);
    expect(out[2]).toBeCloseTo(-ln3, 6);
  });

  it('siluMul stays finite where exp overflows', () => {
    expect([...siluMul(f32(-1e4, 1e4), f32(2, 2))]).toEqual([-0, 2e4]);
  });

  it('embedding puts the rows side by side', () => {
    expect([...embedding([f32(1, 2), f32(3, 4), f32(1, 2)], 2)]).toEqual([1, 2, 3, 4, 1, 2]);
  });
});
