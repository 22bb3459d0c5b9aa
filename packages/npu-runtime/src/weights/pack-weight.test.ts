import { type AxisLayout, bf16ToF32, paddedIndex, plainAxis, type Tensor, type WeightContent } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { interleaveWeight, packWeight } from './pack-weight.ts';
import type { WeightBuffer } from './weight-store.ts';

const input: AxisLayout = { segments: 2, size: 3, paddedSize: 4, total: 9 };
const output: AxisLayout = { segments: 1, size: 5, paddedSize: 5, total: 8 };

/** A [7, 6] matrix whose elements are all different, not zero, and exact in bf16. */
const matrix: Tensor = {
  shape: [7, 6],
  data: Float32Array.from({ length: 42 }, (_, i) => bf16ToF32(0x4000 + i)),
};

function matrixBuffer(stored: 'in-out' | 'out-in'): WeightBuffer {
  const [rows, columns] = stored === 'in-out' ? [input, output] : [output, input];
  return {
    id: 'w',
    role: 'static',
    residency: 'host',
    scope: 'layer',
    format: 'bf16',
    layout: { order: 'sequence-first', rows: rows.total, heads: 1, columns },
    content: { kind: 'matrix', weight: 'q_proj.weight', stored, input, output, firstOutput: 2, outputs: 5 },
  };
}

describe('packWeight', () => {
  it.each(['in-out', 'out-in'] as const)('lays a part of a matrix out %s, bit for bit, among zeros', (stored) => {
    const bits = new Uint16Array(packWeight(matrix, matrixBuffer(stored)).buffer);
    for (let o = 0; o < 5; o++) {
      for (let i = 0; i < 6; i++) {
        const [at, across] = [paddedIndex(input, i), paddedIndex(output, o)];
        const index = stored === 'in-out' ? at * output.total + across : across * input.total + at;
        expect(bf16ToF32(bits[index])).toBe(matrix.data[(o + 2) * 6 + i]);
      }
    }
    expect(bits.filter((value) => value !== 0).length).toBe(30);
    expect(bits.length).toBe(72);
  });

  it('repeats a vector on every row of the layout', () => {
    const buffer: WeightBuffer = {
      ...matrixBuffer('in-out'),
      format: 'f32',
      layout: { order: 'sequence-first', rows: 2, heads: 1, columns: plainAxis(3, 4) },
      content: { kind: 'vector', weight: 'input_norm.weight' },
    };
    const packed = packWeight({ shape: [3], data: Float32Array.from([1, 2, 3]) }, buffer);
    expect([...new Float32Array(packed.buffer)]).toEqual([1, 2, 3, 0, 1, 2, 3, 0]);
  });

  it('lets the rows of two matrices alternate', () => {
    const buffer = matrixBuffer('out-in');
    const content = { ...(buffer.content as WeightContent & { kind: 'matrix' }), interleavedWith: 'k_proj.weight' };
    const both = { ...buffer, content, layout: { ...buffer.layout, rows: 2 * output.total } };
    const other: Tensor = { shape: [7, 6], data: matrix.data.map((value) => -value) };
    const packed = packWeight(matrix, both);
    interleaveWeight({ ...other, firstRow: 0 }, both, packed);
    const bits = new Uint16Array(packed.buffer);
    for (let o = 0; o < 5; o++) {
      for (let i = 0; i < 6; i++) {
        const [even, odd] = [2 * o, 2 * o + 1].map((row) => bits[row * input.total + paddedIndex(input, i)]);
        expect(bf16ToF32(even)).toBe(matrix.data[(o + 2) * 6 + i]);
        expect(bf16ToF32(odd)).toBe(-matrix.data[(o + 2) * 6 + i]);
      }
    }
    expect(bits.filter((value) => value !== 0).length).toBe(60);
    const transposed = { ...both, content: { ...content, stored: 'in-out' as const } };
    expect(() => packWeight(matrix, transposed)).toThrow('does not fit');
  });

  it('refuses a tensor of another shape', () => {
    const transposed = { shape: [6, 7], data: matrix.data };
    expect(() => packWeight(transposed, matrixBuffer('in-out'))).toThrow('6 × 7');
    const short = { shape: [6, 6], data: matrix.data.subarray(0, 36) };
    expect(() => packWeight(short, matrixBuffer('out-in'))).toThrow('6 × 6');
  });
});
