import { BYTES_PER_ELEMENT, type MatrixEngine, type MatrixProduct, seededRandom } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { gemmProgram } from '../execution/__fixtures__/small-programs.ts';
import { XDNA2_MICROKERNELS } from '../execution/bound-call.ts';
import { ddrArguments } from '../execution/ddr-argument.ts';
import { fastExecutor } from '../fast-path/fast-executor.ts';
import { traceLaunch } from './trace-launch.ts';

const TILES = { m: 64, k: 256, n: 96, columns: 2, rows: 2, tileM: 16, tileN: 16, k2: 64, k1: 32 };

/** Adds products from the last to the first, in the precision of its arrays, and turns zeros negative: an engine may. */
function backwardEngine(): MatrixEngine & { products: number; readonly precisions: Set<string> } {
  return {
    specificationVersion: 'v1',
    id: 'backward',
    products: 0,
    precisions: new Set(),
    async product({ x, w, out, m, n, k, transposed }: MatrixProduct) {
      this.products++;
      this.precisions.add(x.constructor.name);
      const round = x instanceof Float32Array ? Math.fround : (value: number) => value;
      for (let row = 0; row < m; row++) {
        for (let column = 0; column < n; column++) {
          let sum = -0;
          for (let i = k - 1; i >= 0; i--) {
            sum = round(sum + (x[row * k + i] as number) * (w[transposed ? column * k + i : i * n + column] as number));
          }
          out[row * n + column] = sum === 0 ? -0 : sum;
        }
      }
    },
    close: async () => {},
  };
}

async function run(
  engine: MatrixEngine | null,
  spread: number,
  seed: number,
  tiles: typeof TILES = TILES,
  stray = 0,
): Promise<Uint16Array<ArrayBuffer>> {
  const program = gemmProgram(tiles);
  const random = seededRandom(seed);
  const memories = program.arguments.map(({ elements, access, format }) => {
    const values = new Uint16Array((elements * BYTES_PER_ELEMENT[format]) / 2);
    if (access === 'write') return values;
    const f32 = new Float32Array(1);
    const bits = new Uint32Array(f32.buffer);
    for (let i = 0; i < elements; i++) {
      f32[0] = random.normal() * 2 ** random.integer(-spread, spread + 1);
      if (random.uniform() < stray) f32[0] = Number.POSITIVE_INFINITY;
      // Blocks that are much smaller than the others.
      if (spread === 0 && i % 4096 < 8) f32[0] *= 2 ** -12;
      values[i] = (bits[0] as number) >>> 16;
    }
    return values;
  });
  const executor = fastExecutor('d', program, XDNA2_MICROKERNELS, null, engine);
  const views = memories.map((memory) => new Uint8Array(memory.buffer));
  executor.start(ddrArguments('d', program, views));
  while (!(await executor.advance(1000)));
  return memories[2] as Uint16Array<ArrayBuffer>;
}

describe('products by an engine', () => {
  it.each([
    ['exponents near each other', 2],
    ['exponents further apart than float64 can add', 30],
  ])('have the bits of sums in order, with %s', async (_, spread) => {
    for (const seed of [1, 2, 3]) {
      const engine = backwardEngine();
      const [inOrder, byEngine] = [await run(null, spread, seed), await run(engine, spread, seed)];
      expect(engine.products).toBeGreaterThan(0);
      expect(byEngine).toEqual(inOrder);
    }
  });

  it.each([
    ['one slice', 256],
    ['slices, of which the last is short', 576],
    ['so many slices that few rows have room', 4096],
  ])('have the bits of sums in order, in float32, with %s', async (_, k) => {
    for (const seed of [4, 5]) {
      const engine = backwardEngine();
      const tiles = { ...TILES, k };
      const [inOrder, byEngine] = [await run(null, 0, seed, tiles), await run(engine, 0, seed, tiles)];
      expect(engine.precisions).toEqual(new Set(['Float32Array']));
      expect(byEngine).toEqual(inOrder);
    }
  });

  it('have the bits of sums in order where something is not finite', async () => {
    const engine = backwardEngine();
    const [inOrder, byEngine] = [await run(null, 1, 6, TILES, 0.001), await run(engine, 1, 6, TILES, 0.001)];
    expect(engine.precisions).toEqual(new Set(['Float64Array']));
    // The bits of what is not a number are nobody's promise.
    const [wanted, found] = [inOrder, byEngine].map(({ buffer }) => new Float32Array(buffer)) as [
      Float32Array,
      Float32Array,
    ];
    expect(wanted.some(Number.isNaN)).toBe(true);
    expect(found).toEqual(wanted);
  });

  it('are few: those of all cores and iterations go together', async () => {
    const engine = backwardEngine();
    await run(engine, 1, 1);
    expect(engine.products).toBe(1);
  });

  it('come from a launch that was followed', () => {
    const program = gemmProgram(TILES);
    for (const launch of program.launches) {
      expect(traceLaunch(program, launch, XDNA2_MICROKERNELS)?.iterations).toBeGreaterThan(1);
    }
  });
});
