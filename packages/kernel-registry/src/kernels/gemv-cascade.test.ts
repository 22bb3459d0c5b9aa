import type { KernelConfig, Program } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { EIGHT_BY_FOUR } from '../__fixtures__/eight-by-four.ts';
import { checkProgram } from '../program/check-program.ts';
import { programWork } from '../program/work.ts';
import { gemvCascade, gemvCascadeAdd } from './gemv-cascade.ts';

const CONFIG: KernelConfig = {
  ...{ tileM: 8, mInput: 4, herdColumns: 8, cascadeStages: 4 },
  ...{ pingPong: 'none', batch: 4 },
};

function broken(m: number, k: number, changes: KernelConfig): readonly string[] {
  return gemvCascade.limits({ m, k }, { ...CONFIG, ...changes }, EIGHT_BY_FOUR).map(({ limit }) => limit);
}

describe.each([gemvCascade, gemvCascadeAdd])('$name', (kernel) => {
  const residual = kernel === gemvCascadeAdd ? 1 : 0;

  it('splits K over the rows of cores and rounds once, in row 0', () => {
    const [m, k] = [256, 1024];
    const program: Program = { specificationVersion: 'v1', name: 'x', ...kernel.build({ m, k }, CONFIG) };
    expect(checkProgram(program)).toEqual([]);
    const work = programWork(program);
    expect(work.multiplyAccumulates).toBe(m * k);
    // Every weight once, the vector for each of the calls of a column, the residual once.
    expect(work.bytesRead).toBe(2 * m * k + (m / (8 * 4)) * k * 2 + residual * 2 * m);
    expect(work.bytesWritten).toBe(2 * m);
    const calls = m / 4;
    expect(work.calls.get('gemv-partial-f32')).toBe(4 * calls);
    expect(work.calls.get('add-f32')).toBe(3 * calls);
    expect(work.calls.get('store-rows-bf16')).toBe(calls);
    expect(work.calls.get('widen-bf16-f32') ?? 0).toBe(residual * calls);
  });

  it('lists only configurations that are legal and well formed', () => {
    const listed = [...kernel.configurations({ m: 128, k: 512 }, EIGHT_BY_FOUR)];
    expect(listed.length).toBeGreaterThan(20);
    expect(listed[0]).toMatchObject({ herdColumns: 8, cascadeStages: 4 });
    for (const config of listed) {
      expect(kernel.limits({ m: 128, k: 512 }, config, EIGHT_BY_FOUR)).toEqual([]);
      const program: Program = { specificationVersion: 'v1', name: 'x', ...kernel.build({ m: 128, k: 512 }, config) };
      expect(checkProgram(program)).toEqual([]);
    }
  });
});

it('names what a configuration breaks', () => {
  expect(broken(2048, 2048, {})).toEqual([]);
  expect(broken(2048, 2048, { cascadeStages: 1 })).toEqual(['cascade-length']);
  expect(broken(2048, 2560, { cascadeStages: 5 })).toContain('cascade-length');
  expect(broken(2048, 2112, {})).toEqual(['lanes']);
  expect(broken(2048, 2048, { mInput: 3 })).toEqual(['divide-tile']);
  expect(broken(100, 2048, {})).toEqual(['divide-m']);
  expect(broken(2048, 2048, { tileM: 32, mInput: 32, herdColumns: 8 })).toEqual([]);
  expect(broken(2048, 8192, { tileM: 32, mInput: 32 })).toEqual(['l1', 'l2']);
  expect(broken(1920, 2048, { tileM: 10, mInput: 2, pingPong: 'L1-and-L2' })).toEqual(['trip-count']);
  expect(broken(2048, 2048, { herdColumns: 16 })).toContain('herd-columns');
});
