import type { Program } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { EIGHT_BY_FOUR } from '../__fixtures__/eight-by-four.ts';
import { checkProgram } from '../program/check-program.ts';
import { programWork } from '../program/work.ts';
import { temporalAttention } from './temporal-attention.ts';

function shapeOf(heads: number, keyValueHeads: number, rows: number, headDim: number) {
  const widths = { queryWidth: heads * headDim, keyValueWidth: keyValueHeads * headDim };
  return { heads, keyValueHeads, rows, headDim, scaleDim: headDim, ...widths, causal: 1 };
}

/** As in Llama-3.2-3B. */
const CONFIG = { layout: 'sequence-first', lqp: 256, lkp: 32 } as const;

function built(shape: ReturnType<typeof shapeOf>, config: typeof CONFIG): Program {
  return { specificationVersion: 'v1', name: 'x', ...temporalAttention.build(shape, config) };
}

describe('temporal-attention', () => {
  it('reads keys and values once per round for all heads of a group, and walks all keys where rounds are many', () => {
    const [heads, groups, rows, headDim] = [24, 8, 2048, 128];
    const program = built(shapeOf(heads, groups, rows, headDim), CONFIG);
    expect(checkProgram(program)).toEqual([]);
    const work = programWork(program);
    const rounds = rows / 256;
    expect(work.multiplyAccumulates).toBe(2 * heads * rows * rows * headDim);
    expect(work.bytesRead).toBe(2 * heads * rows * headDim + 2 * groups * rounds * 2 * rows * headDim);
    expect(work.bytesWritten).toBe(2 * heads * rows * headDim);
  });

  it('streams the causal prefix of each round where rounds are few', () => {
    const [heads, rows, headDim] = [3, 1024, 128];
    const program = built(shapeOf(heads, 1, rows, headDim), CONFIG);
    expect(checkProgram(program)).toEqual([]);
    const work = programWork(program);
    const keys = 256 + 512 + 768 + 1024;
    expect(work.multiplyAccumulates).toBe(2 * heads * 256 * keys * headDim);
    expect(work.bytesRead).toBe(2 * heads * rows * headDim + 2 * 2 * keys * headDim);
  });

  it('names what a shape breaks', () => {
    const broken = (shape: ReturnType<typeof shapeOf>, changes = {}) =>
      temporalAttention.limits(shape, { ...CONFIG, ...changes }, EIGHT_BY_FOUR).map(({ limit }) => limit);
    const usual = shapeOf(24, 8, 2048, 128);
    expect(broken(usual)).toEqual([]);
    expect(broken(shapeOf(32, 8, 2048, 64), { lqp: 512, lkp: 64 })).toEqual([]);
    expect(broken({ ...usual, causal: 0 })).toEqual(['causal']);
    expect(broken(usual, { lkp: 64 })).toContain('causal-tile');
    expect(broken(usual, { lqp: 512, lkp: 64 })).toEqual(['l1']);
    expect(broken(shapeOf(24, 8, 2000, 128))).toEqual(['divide-queries']);
    expect(broken(shapeOf(12, 2, 2048, 128))).toEqual(['herd-columns', 'column-table']);
    expect(broken(shapeOf(16, 8, 2048, 128))).toEqual(['column-table']);
  });
});
