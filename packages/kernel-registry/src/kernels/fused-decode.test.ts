import type { Program } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { EIGHT_BY_FOUR } from '../__fixtures__/eight-by-four.ts';
import { checkProgram } from '../program/check-program.ts';
import { programWork } from '../program/work.ts';
import { gemvAdd } from './gemv-add.ts';
import { normSwigluGemv } from './norm-swiglu-gemv.ts';

const program = (content: ReturnType<typeof gemvAdd.build>): Program => ({
  specificationVersion: 'v1',
  name: 'x',
  ...content,
});

describe('gemv-add', () => {
  it('reads every weight once and replays the vector for each block of eight rows', () => {
    const [m, k] = [2048, 8192];
    const built = program(gemvAdd.build({ m, k }, { herdColumns: 8 }));
    expect(checkProgram(built)).toEqual([]);
    const work = programWork(built);
    expect(work.multiplyAccumulates).toBe(m * k);
    expect(work.bytesRead).toBe(2 * m * k + (m / 64) * k * 2 + 2 * m);
    expect(work.bytesWritten).toBe(2 * m);
    expect(work.calls.get('gemv-micro-tile-bf16')).toBe((m / 8) * (k / 512));
    expect(work.calls.get('add-rows-bf16')).toBe(m / 8);
  });

  it('names what a shape breaks', () => {
    const broken = (m: number, k: number) =>
      gemvAdd.limits({ m, k }, { herdColumns: 8 }, EIGHT_BY_FOUR).map(({ limit }) => limit);
    expect(broken(2048, 2048)).toEqual([]);
    // gemv_add_matvec_2tile_ad-325.
    expect(broken(2048, 8960)).toContain('divide-k');
    expect(broken(100, 512)).toContain('divide-m');
    expect(broken(64 * 5, 512)).toEqual(['trip-count']);
    expect(broken(2048, 512 * 5)).toEqual(['trip-count']);
    expect(broken(64 * 258, 512)).toEqual(['repeat-count']);
    expect(broken(64 * 512, 512)).toEqual(['repeat-count', 'l1']);
  });
});

describe('norm-swiglu-gemv', () => {
  const CONFIG = { tileM: 32, mInput: 4, herdColumns: 8, cascadeStages: 4, batch: 16 };
  const shape = (hidden: number, k: number) => ({ hidden, k, count: k, epsilon: 1e-5 });

  it('normalises again on every core in every iteration, and makes one output of two rows', () => {
    const [hidden, k] = [8192, 2048];
    const built = program(normSwigluGemv.build(shape(hidden, k), CONFIG));
    expect(checkProgram(built)).toEqual([]);
    const work = programWork(built);
    const iterations = (2 * hidden) / (32 * 8);
    expect(work.multiplyAccumulates).toBe(2 * hidden * k);
    expect(work.bytesRead).toBe(2 * 2 * hidden * k + iterations * 2 * k * 2);
    expect(work.bytesWritten).toBe(2 * hidden);
    expect(work.calls.get('rms-norm-bf16')).toBe(32 * iterations);
    expect(work.calls.get('silu-mul-pairs')).toBe(8 * iterations);
  });

  it('names what a shape breaks: the models that decode without it', () => {
    const broken = (hidden: number, k: number, changes = {}) =>
      normSwigluGemv.limits(shape(hidden, k), { ...CONFIG, ...changes }, EIGHT_BY_FOUR).map(({ limit }) => limit);
    // Llama-3.2-1B, Qwen3-0.6B and 1.7B.
    for (const [hidden, k] of [
      [8192, 2048],
      [3072, 1024],
      [6144, 2048],
    ] as const) {
      expect(broken(hidden, k)).toEqual([]);
      expect([...normSwigluGemv.configurations(shape(hidden, k), EIGHT_BY_FOUR)][0]).toEqual(CONFIG);
    }
    // Llama-3.2-3B, Qwen3-4B, Qwen2.5-0.5B, Qwen2.5-1.5B.
    expect(broken(8192, 3072)).toContain('width');
    expect(broken(9728, 2560)).toContain('width');
    expect(broken(4864, 896)).toContain('lanes');
    expect(broken(8960, 1536)).toContain('divide-hidden');
    // fused_o_gemv_ffn_cascade-326.
    expect(broken(8192, 2560, { cascadeStages: 5 })).toContain('cascade-length');
    expect(broken(8192, 2048, { tileM: 64 })).toEqual(['l1']);
  });
});
