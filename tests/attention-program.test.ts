import { KERNELS, type KernelDefinition, type KernelShape } from '@tilewright/kernel-registry';
import { bf16ToF32, f32ToBf16NearestEven, type KernelConfig, type Program, seededRandom } from '@tilewright/spec';
import { xdna2Simulator } from '@tilewright/target-xdna2-sim';
import { describe, expect, it } from 'vitest';
import { compileAlone, runOnce } from './support/run-program.ts';

const target = xdna2Simulator();
const flash = KERNELS.get('flash-attention') as KernelDefinition;
const temporal = KERNELS.get('temporal-attention') as KernelDefinition;

interface Shape extends KernelShape {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly rows: number;
  readonly headDim: number;
  readonly scaleDim: number;
  readonly queryWidth: number;
  readonly keyValueWidth: number;
  readonly causal: number;
}

/** Where head `head`, position `row`, element `d` lies. */
function place(layout: unknown, shape: Shape, width: number, head: number, row: number, d: number): number {
  return layout === 'heads-first'
    ? (head * shape.rows + row) * shape.headDim + d
    : row * width + head * shape.headDim + d;
}

function exact(shape: Shape, layout: unknown, q: Uint16Array, k: Uint16Array, v: Uint16Array): Float64Array {
  const { heads, keyValueHeads, rows, headDim, scaleDim, queryWidth, keyValueWidth, causal } = shape;
  const out = new Float64Array(rows * queryWidth);
  const [queries, keysOf, values] = [q, k, v].map((bits) => Float64Array.from(bits, bf16ToF32));
  for (let head = 0; head < heads; head++) {
    const from = Math.floor((head * keyValueHeads) / heads);
    for (let row = 0; row < rows; row++) {
      const keys = causal ? row + 1 : rows;
      const weights = Array.from({ length: keys }, (_, key) => {
        let score = 0;
        for (let d = 0; d < headDim; d++) {
          score +=
            queries[place(layout, shape, queryWidth, head, row, d)] *
            keysOf[place(layout, shape, keyValueWidth, from, key, d)];
        }
        return Math.exp(score / Math.sqrt(scaleDim));
      });
      const sum = weights.reduce((total, weight) => total + weight, 0);
      for (let d = 0; d < headDim; d++) {
        let value = 0;
        for (let key = 0; key < keys; key++) {
          value += weights[key] * values[place(layout, shape, keyValueWidth, from, key, d)];
        }
        out[place(layout, shape, queryWidth, head, row, d)] = value / sum;
      }
    }
  }
  return out;
}

/** Largest error of any head's mean relative L1, so that no head hides behind the others. */
async function worstHead(
  shape: Shape,
  config: KernelConfig,
  execution: 'literal' | 'fast',
  kernel: KernelDefinition = flash,
): Promise<number> {
  expect(kernel.limits(shape, config, target.device)).toEqual([]);
  const program: Program = { specificationVersion: 'v1', name: 'attention', ...kernel.build(shape, config) };
  const random = seededRandom(11);
  const contents = program.arguments.map(({ elements }) =>
    Uint16Array.from({ length: elements }, () => f32ToBf16NearestEven(random.normal())),
  );
  const compiled = await compileAlone(target, program);
  const bytes = contents.map((data) => new Uint8Array(data.buffer));
  const { after } = await runOnce(target, compiled, program, bytes, 1, { execution });
  const last = after[3] as Uint8Array;
  const got = new Uint16Array(last.buffer, last.byteOffset, contents[3].length);
  const reference = exact(shape, config.layout, contents[0], contents[1], contents[2]);
  let worst = 0;
  for (let head = 0; head < shape.heads; head++) {
    let [difference, size] = [0, 0];
    for (let row = 0; row < shape.rows; row++) {
      for (let d = 0; d < shape.headDim; d++) {
        const at = place(config.layout, shape, shape.queryWidth, head, row, d);
        difference += Math.abs(bf16ToF32(got[at]) - reference[at]);
        size += Math.abs(reference[at]);
      }
    }
    expect(Number.isFinite(difference)).toBe(true);
    worst = Math.max(worst, difference / size);
  }
  return worst;
}

function shapeOf(
  heads: number,
  keyValueHeads: number,
  rows: number,
  headDim: number,
  changes: Partial<Shape> = {},
): Shape {
  const widths = { queryWidth: heads * headDim, keyValueWidth: keyValueHeads * headDim };
  return { heads, keyValueHeads, rows, headDim, scaleDim: headDim, ...widths, causal: 1, ...changes };
}

/** Hardware is published at 3.8e-2 to 5.5e-2; short rows average less. */
const TOLERANCE = 0.06;

describe('a FlashAttention program computes attention', () => {
  it.each([
    ['one head', shapeOf(1, 1, 64, 32)],
    ['heads of their own', shapeOf(4, 4, 128, 64)],
    ['a group per key-value head', shapeOf(8, 2, 128, 32)],
    ['an odd group', shapeOf(6, 2, 64, 32)],
    ['one odd group', shapeOf(9, 3, 64, 32)],
    ['a wide head', shapeOf(2, 1, 64, 128)],
    ['all keys', shapeOf(2, 2, 128, 32, { causal: 0 })],
    ['another scale and wider buffers', shapeOf(3, 1, 64, 64, { scaleDim: 48, queryWidth: 320, keyValueWidth: 128 })],
  ] as const)(
    'with %s',
    async (_, shape) => {
      const listed = flash.configurations(shape, target.device) as readonly KernelConfig[];
      const random = seededRandom(5);
      const first = listed.find(({ layout }) => layout === 'heads-first') as KernelConfig;
      const second = listed.find(({ layout }) => layout === 'sequence-first');
      const more = Array.from({ length: 3 }, () => random.pick(listed));
      for (const config of [first, ...(second === undefined ? [] : [second]), ...more]) {
        expect(await worstHead(shape, config, 'fast'), JSON.stringify(config)).toBeLessThan(TOLERANCE);
      }
      expect(await worstHead(shape, first, 'literal')).toBeLessThan(TOLERANCE);
    },
    20_000,
  );
});

describe('a temporal-attention program computes attention', () => {
  it.each([
    ['one round', 'sequence-first', shapeOf(4, 1, 128, 64)],
    ['rounds over their causal prefixes', 'heads-first', shapeOf(8, 2, 256, 64, { scaleDim: 60 })],
    ['rounds over all keys', 'sequence-first', shapeOf(4, 1, 640, 64, { queryWidth: 320 })],
  ] as const)(
    'in %s, %s',
    async (_, layout, shape) => {
      const config = { layout, lqp: 128, lkp: 16 };
      expect(await worstHead(shape, config, 'fast', temporal)).toBeLessThan(TOLERANCE);
    },
    20_000,
  );
});
