import type { KernelConfig, Program } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { EIGHT_BY_FOUR } from '../__fixtures__/eight-by-four.ts';
import type { KernelShape } from '../kernel/kernel-definition.ts';
import { checkProgram } from '../program/check-program.ts';
import { programWork } from '../program/work.ts';
import { flashAttention } from './flash-attention.ts';

function shapeOf(
  heads: number,
  keyValueHeads: number,
  rows: number,
  headDim: number,
  changes: object = {},
): KernelShape {
  const widths = { queryWidth: heads * headDim, keyValueWidth: keyValueHeads * headDim };
  return { heads, keyValueHeads, rows, headDim, scaleDim: headDim, ...widths, causal: 1, ...changes };
}

const LLAMA_1B = shapeOf(32, 8, 2048, 64);
/** Of flashattention-470. */
const PUBLISHED: KernelConfig = {
  layout: 'heads-first',
  lqp: 256,
  lkp: 64,
  numQTiles: 4,
  numCascadeStages: 4,
  headsPerUnroll: 2,
  dvTile: 64,
};

function programOf(shape: KernelShape, config: KernelConfig): Program {
  return { specificationVersion: 'v1', name: 'attention', ...flashAttention.build(shape, config) };
}

function brokenBy(shape: KernelShape, config: KernelConfig): readonly string[] {
  return flashAttention.limits(shape, config, EIGHT_BY_FOUR).map(({ limit }) => limit);
}

function offered(shape: KernelShape): readonly KernelConfig[] {
  return [...flashAttention.configurations(shape, EIGHT_BY_FOUR)];
}

describe('flash-attention', () => {
  it.each([
    ['Llama-3.2-1B', LLAMA_1B, PUBLISHED],
    ['Qwen3-0.6B, two tiles of values', shapeOf(16, 8, 2048, 128), PUBLISHED],
    [
      'Gemma’s head of 256',
      shapeOf(8, 4, 2048, 256),
      { ...PUBLISHED, lkp: 32, numQTiles: 8, headsPerUnroll: 1, dvTile: 128 },
    ],
    ['heads of their own, all keys', shapeOf(12, 12, 1024, 64, { causal: 0 }), PUBLISHED],
  ])('moves and computes what dataflows.md, 7.1 says: %s', (_, shape, config) => {
    expect(brokenBy(shape, config)).toEqual([]);
    const program = programOf(shape, config);
    expect(checkProgram(program)).toEqual([]);
    const { heads = 0, rows = 0, headDim = 0 } = shape;
    const blocks = rows / (config.lqp as number);
    const valueTiles = headDim / (config.dvTile as number);
    const keys = blocks * heads * valueTiles * rows * headDim * 2;
    const values = blocks * heads * rows * headDim * 2;
    const queries = (config.numCascadeStages as number) * heads * rows * headDim * 2 * valueTiles;
    expect(programWork(program)).toMatchObject({
      bytesRead: keys + values + queries,
      bytesWritten: heads * rows * headDim * 2,
      // Masked blocks are computed all the same; scores once per tile of values.
      multiplyAccumulates: heads * rows * rows * headDim * (valueTiles + 1),
    });
  });

  it('uses all shim channels towards the array for two heads, and one output channel per head', () => {
    const [launch] = programOf(LLAMA_1B, PUBLISHED).launches;
    const instances = (process: { parallel: readonly { extent: number }[] }): number =>
      process.parallel.reduce((product, { extent }) => product * extent, 1);
    expect(launch?.shim.map((process) => [process.name, instances(process)])).toEqual([
      ['query-key-in', 8],
      ['value-in', 8],
      ['output-out', 2],
    ]);
    expect(launch?.grid.map(({ extent }) => extent)).toEqual([8, 8, 2, 1]);
  });

  it.each([
    shapeOf(1, 1, 64, 32),
    shapeOf(9, 3, 64, 64),
    shapeOf(9, 9, 128, 32),
    shapeOf(14, 2, 128, 64),
    shapeOf(4, 2, 96, 32),
    shapeOf(3, 1, 64, 64, { scaleDim: 48, queryWidth: 320, keyValueWidth: 128 }),
  ])('builds whatever it offers at $heads/$keyValueHeads heads of $headDim, $rows rows', (shape) => {
    const configs = offered(shape);
    expect(configs.length).toBeGreaterThan(3);
    const layouts = new Set(configs.map(({ layout }) => layout));
    expect([...layouts].sort()).toEqual(['heads-first', 'sequence-first']);
    for (const config of configs) expect(brokenBy(shape, config)).toEqual([]);
    for (const config of configs.slice(0, 20)) expect(checkProgram(programOf(shape, config))).toEqual([]);
    expect(offered(shape)).toEqual(configs);
  });

  it('offers the full array first for long prompts', () => {
    for (const shape of [LLAMA_1B, shapeOf(12, 2, 2048, 128), shapeOf(14, 2, 2048, 64)]) {
      const first = offered(shape)[0] as Record<string, number>;
      expect(first.headsPerUnroll! * first.numQTiles! * first.numCascadeStages!).toBe(32);
    }
  });

  it.each([
    ['stages', { numCascadeStages: 8 }, ['cascade-stages', 'shim-channels']],
    ['heads side by side', { headsPerUnroll: 4, numQTiles: 2, lqp: 128 }, ['shim-channels']],
    ['columns', { numQTiles: 8, lqp: 512 }, ['herd-columns']],
    ['causal tiles', { lqp: 512 }, ['causal-tile', 'l1']],
    ['queries', { lqp: 192, numQTiles: 3 }, ['divide-queries']],
    ['keys', { numCascadeStages: 3 }, ['divide-keys']],
    ['key tile', { lkp: 24 }, ['causal-tile', 'divide-head', 'divide-keys', 'tile-keys']],
    ['values', { dvTile: 48 }, ['divide-value']],
  ])('names the limit: %s', (_, changes, limits) => {
    const broken = new Set(brokenBy(LLAMA_1B, { ...PUBLISHED, ...changes }));
    expect([...broken].sort()).toEqual(limits);
  });

  it.each([
    [
      'tall query tiles do not fit L1 (flashattention-492)',
      shapeOf(2, 2, 512, 64, { causal: 0 }),
      { lqp: 512 },
      ['l1'],
    ],
    [
      'short query tiles hang (flashattention-491)',
      shapeOf(2, 2, 512, 64, { causal: 0 }),
      { lqp: 128 },
      ['tile-queries'],
    ],
    ['a head of 256 by chunks of 64 (flashattention-500)', shapeOf(8, 4, 2048, 256), {}, ['l1']],
    ['sequence first by two key tiles', shapeOf(16, 8, 2048, 128), { layout: 'sequence-first' }, ['depth-tiles']],
    ['one head cannot run as two', shapeOf(1, 1, 256, 64), {}, ['heads-per-unroll']],
    ['narrow rows', shapeOf(32, 8, 2048, 64, { queryWidth: 1024 }), {}, ['query-width']],
    ['a scale beyond the head', shapeOf(32, 8, 2048, 64, { scaleDim: 65 }), {}, ['scale']],
  ])('rejects: %s', (_, shape, changes, limits) => {
    expect(brokenBy(shape, { ...PUBLISHED, ...changes })).toEqual(limits);
  });

  it('pads rows and heads to shapes that have a configuration, and those no further', () => {
    for (const [rows, headDim] of [
      [1, 16],
      [33, 20],
      [65, 80],
      [100, 64],
      [513, 96],
      [2048, 128],
    ] as const) {
      const padded = flashAttention.padded?.(shapeOf(6, 2, rows, headDim), EIGHT_BY_FOUR) as KernelShape;
      expect(padded.rows).toBeGreaterThanOrEqual(rows);
      expect(offered(padded).length).toBeGreaterThan(0);
      expect(flashAttention.padded?.(padded, EIGHT_BY_FOUR)).toEqual(padded);
      expect(padded.queryWidth).toBe(6 * (padded.headDim as number));
    }
  });

  it('refuses to build what breaks a limit', () => {
    expect(() => flashAttention.build(LLAMA_1B, { ...PUBLISHED, numCascadeStages: 3 })).toThrow(
      expect.objectContaining({ code: 'shape-unsupported' }),
    );
    expect(() => flashAttention.build(LLAMA_1B, { ...PUBLISHED, layout: 'interleaved' })).toThrow(
      expect.objectContaining({ code: 'plan-invalid' }),
    );
  });
});
