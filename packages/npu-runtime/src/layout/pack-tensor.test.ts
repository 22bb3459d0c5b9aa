import { bf16ToF32, layoutElements, type TensorLayout } from '@tilewright/spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layoutBytes, packTensor, relayoutTensor, unpackTensor } from './pack-tensor.ts';

/** Heads of `size` in two segments each, padded, with empty heads at the end. */
const layouts = fc
  .record({
    order: fc.constantFrom<TensorLayout['order']>('sequence-first', 'heads-first'),
    rows: fc.integer({ min: 1, max: 7 }),
    heads: fc.integer({ min: 1, max: 4 }),
    emptyHeads: fc.integer({ min: 0, max: 2 }),
    half: fc.integer({ min: 1, max: 5 }),
    pad: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ order, rows, heads, emptyHeads, half, pad }): TensorLayout => {
    const width = 2 * (half + pad);
    const all = heads + emptyHeads;
    const columns = { segments: 2 * heads, size: half, paddedSize: half + pad, total: all * width };
    return { order, rows, heads: all, columns };
  });

/** Values that bf16 holds exactly, none of them zero. */
function values(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => bf16ToF32(0x3f80 + (i % 0x300)));
}

describe('packTensor', () => {
  it('gives back every value, and only zeros elsewhere, whatever the layout', () => {
    fc.assert(
      fc.property(layouts, fc.integer({ min: 1, max: 7 }), (layout, wantedRows) => {
        const rows = Math.min(wantedRows, layout.rows);
        const width = layout.columns.segments * layout.columns.size;
        const tensor = values(rows * width);
        const bytes = new Uint8Array(layoutBytes(layout, 'bf16')).fill(0xff);
        packTensor(tensor, layout, 'bf16', bytes);
        expect(unpackTensor(bytes, layout, 'bf16', rows)).toEqual(tensor);
        const stored = new Uint16Array(bytes.buffer);
        expect(stored.length).toBe(layoutElements(layout));
        expect(stored.filter((bits) => bits !== 0).length).toBe(tensor.length);
        const last = unpackTensor(bytes, layout, 'bf16', 1, rows - 1);
        expect(last).toEqual(tensor.subarray((rows - 1) * width));
      }),
    );
  });

  it('lays heads first: each head contiguous over the rows', () => {
    const layout: TensorLayout = {
      order: 'heads-first',
      rows: 2,
      heads: 2,
      columns: { segments: 2, size: 2, paddedSize: 3, total: 6 },
    };
    const bytes = new Uint8Array(layoutBytes(layout, 'f32'));
    packTensor(Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]), layout, 'f32', bytes);
    expect([...new Float32Array(bytes.buffer)]).toEqual([1, 2, 0, 5, 6, 0, 3, 4, 0, 7, 8, 0]);
  });

  it('rounds what bf16 does not hold to nearest even', () => {
    const layout: TensorLayout = {
      order: 'sequence-first',
      rows: 1,
      heads: 1,
      columns: { segments: 1, size: 2, paddedSize: 2, total: 2 },
    };
    const bytes = new Uint8Array(4);
    packTensor(Float32Array.from([1 + 2 ** -8, 1 + 3 * 2 ** -8]), layout, 'bf16', bytes);
    expect([...unpackTensor(bytes, layout, 'bf16', 1)]).toEqual([1, 1 + 2 ** -6]);
  });

  it('refuses formats that a host value cannot have', () => {
    const layout: TensorLayout = {
      order: 'sequence-first',
      rows: 1,
      heads: 1,
      columns: { segments: 1, size: 1, paddedSize: 1, total: 1 },
    };
    expect(() => packTensor(new Float32Array(1), layout, 'i32', new Uint8Array(4))).toThrow('i32');
  });
});

describe('relayoutTensor', () => {
  it('moves the same values as reading and writing would', () => {
    fc.assert(
      fc.property(layouts, fc.integer({ min: 0, max: 2 }), (layout, extra) => {
        const width = layout.columns.total / layout.heads;
        const heads = layout.columns.segments / 2;
        const other: TensorLayout = {
          order: layout.order === 'heads-first' ? 'sequence-first' : 'heads-first',
          rows: layout.rows,
          heads: heads + extra,
          columns: { ...layout.columns, total: (heads + extra) * width },
        };
        const tensor = values(layout.rows * layout.columns.segments * layout.columns.size);
        const from = new Uint8Array(layoutBytes(layout, 'bf16'));
        packTensor(tensor, layout, 'bf16', from);
        const moved = new Uint8Array(layoutBytes(other, 'bf16')).fill(0xff);
        relayoutTensor(from, layout, moved, other, 'bf16');
        const expected = new Uint8Array(layoutBytes(other, 'bf16'));
        packTensor(tensor, other, 'bf16', expected);
        expect(moved).toEqual(expected);
      }),
    );
  });
});
