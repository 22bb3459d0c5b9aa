import type { MatrixEngine } from '@tilewright/spec';
import { afterAll, describe, expect, it } from 'vitest';
import type { GraphEngine } from '../forward/graph-engine.ts';
import { openOnnxruntimeEngine } from '../onnxruntime/index.ts';
import { compareOps } from './compare-ops.ts';
import { OP_CASES } from './op-cases.ts';

const graphs: GraphEngine = await openOnnxruntimeEngine({ threads: 2 });
afterAll(() => graphs.close());

/** The same engine when it is only asked to multiply. */
const products: MatrixEngine = {
  specificationVersion: 'v1',
  id: `products of ${graphs.id}`,
  product: (product) => graphs.product(product),
  close: async () => {},
};

const cases = OP_CASES.map((opCase) => ({ ...opCase, title: `${opCase.op.kind}: ${opCase.name}` }));

describe.each([
  ['graphs', graphs],
  ['products', products],
])('%s equal the readable implementation', (_name, engine) => {
  it.each(cases)('$title', async (opCase) => {
    const [comparison] = await compareOps(engine, { cases: [opCase], seed: 11 });
    expect(comparison).toMatchObject({ passed: true, nonFinite: 0 });
    expect(comparison?.elements).toBe(opCase.tokens * opCase.op.outputWidth);
  });
});

describe('compareOps', () => {
  const [norm] = OP_CASES;

  it('rejects an engine that is off by little more than rounding', async () => {
    for (const opCase of OP_CASES.filter(({ name }) => name === 'prime sizes')) {
      const off: GraphEngine = {
        ...products,
        ops: async (piece) => {
          await graphs.ops(piece);
          for (const value of piece.outputs.values()) spoil(value);
        },
        attention: async (block) => {
          await graphs.attention(block);
          spoil(block.out);
        },
      };
      const [comparison] = await compareOps(off, { cases: [opCase] });
      expect(comparison?.passed, opCase.op.kind).toBe(false);
    }
  });

  it('rejects what is not finite', async () => {
    const off = { ...products, attention: graphs.attention, ops: async () => {} } as GraphEngine;
    const broken: GraphEngine = {
      ...off,
      ops: async ({ outputs }) => {
        for (const value of outputs.values()) value.fill(Number.NaN);
      },
    };
    const [comparison] = await compareOps(broken, { cases: [norm as (typeof OP_CASES)[number]] });
    expect(comparison).toMatchObject({ passed: false, nonFinite: 7 });
  });
});

/** One element, by 1e-4 of it. */
function spoil(values: Float32Array): void {
  const largest = values.reduce((best, value, i) => (Math.abs(value) > Math.abs(values[best] ?? 0) ? i : best), 0);
  values[largest] = (values[largest] ?? 0) * 1.0001;
}
