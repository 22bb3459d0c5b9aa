import { plainAxis, type Tensor, type WeightSource } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { type WeightBuffer, WeightStore } from './weight-store.ts';

const buffer: WeightBuffer = {
  id: 'norm',
  role: 'static',
  residency: 'host',
  scope: 'layer',
  format: 'f32',
  layout: { order: 'sequence-first', rows: 1, heads: 1, columns: plainAxis(2) },
  content: { kind: 'vector', weight: 'input_norm.weight' },
};

function countingSource(): { readonly source: WeightSource; readonly reads: string[] } {
  const reads: string[] = [];
  const source: WeightSource = {
    digest: async () => 'test',
    list: () => [],
    read: async (name): Promise<Tensor> => {
      reads.push(name);
      const layer = Number(name.split('.')[1]);
      return { shape: [2], data: Float32Array.from([layer, layer + 0.5]) };
    },
    close: async () => {},
  };
  return { source, reads };
}

describe('WeightStore', () => {
  it('reads and packs each weight once while the limit allows', async () => {
    const { source, reads } = countingSource();
    const store = new WeightStore(source, 1024);
    for (const layer of [0, 1, 0, 1]) {
      const bytes = await store.packed('prefill', buffer, layer, undefined);
      expect([...new Float32Array(bytes.buffer)]).toEqual([layer, layer + 0.5]);
    }
    expect(reads).toEqual(['layers.0.input_norm.weight', 'layers.1.input_norm.weight']);
  });

  it('drops what was used least recently beyond the limit', async () => {
    const { source, reads } = countingSource();
    const store = new WeightStore(source, 16);
    for (const layer of [0, 1, 0, 2, 0, 1]) await store.packed('prefill', buffer, layer, undefined);
    expect(reads.map((name) => Number(name.split('.')[1]))).toEqual([0, 1, 2, 1]);
  });

  it('keeps what one section packed apart from what another did', async () => {
    const { source } = countingSource();
    const store = new WeightStore(source, 1024);
    const wide: WeightBuffer = { ...buffer, layout: { ...buffer.layout, columns: plainAxis(2, 4) } };
    expect((await store.packed('prefill', buffer, 0, undefined)).length).toBe(8);
    expect((await store.packed('decode', wide, 0, undefined)).length).toBe(16);
  });

  it('reads only the rows that a buffer wants into memory of its own, and keeps what is wanted twice', async () => {
    const reads: string[] = [];
    const shape = [5, 2];
    const memories = new Set<ArrayBufferLike>();
    const source: WeightSource = {
      ...countingSource().source,
      list: () => [{ name: 'head.weight', shape, format: 'f32' }],
      readRows: async (name, first, rows, _signal, out = new Float32Array(rows * 2)) => {
        reads.push(`${name} ${first} ${rows}`);
        memories.add(out.buffer);
        for (let i = 0; i < rows * 2; i++) out[i] = first * 2 + i;
        return { shape: [rows, 2], data: out };
      },
    };
    const axis = plainAxis(2, 3);
    const part: WeightBuffer = {
      ...buffer,
      scope: 'model',
      layout: { order: 'sequence-first', rows: 2, heads: 1, columns: axis },
      content: {
        kind: 'matrix',
        weight: 'head.weight',
        stored: 'in-out',
        input: plainAxis(2),
        output: axis,
        firstOutput: 3,
        outputs: 2,
      },
    };
    const store = new WeightStore(source, 1024);
    const into = new Uint8Array(24);
    for (let time = 0; time < 3; time++) {
      into.fill(0xff);
      await store.fill('head', part, 0, into, undefined);
      expect([...new Float32Array(into.buffer)]).toEqual([6, 8, 0, 7, 9, 0]);
    }
    expect(reads).toEqual(['head.weight 3 2', 'head.weight 3 2']);
    expect(memories.size).toBe(1);
  });
});
