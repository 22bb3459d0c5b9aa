import type { KernelConfig, Program } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { EIGHT_BY_FOUR } from '../__fixtures__/eight-by-four.ts';
import { checkProgram } from '../program/check-program.ts';
import { programWork } from '../program/work.ts';
import { gemv } from './gemv.ts';
import { padGemv } from './gemv-configurations.ts';
import { lmHeadGemv, partitionHead } from './lm-head-gemv.ts';

const PUBLISHED: KernelConfig = { tileM: 8, mInput: 4, herdColumns: 8, pingPong: 'none', batch: 4 };

function broken(m: number, k: number, changes: KernelConfig): readonly string[] {
  return gemv.limits({ m, k }, { ...PUBLISHED, ...changes }, EIGHT_BY_FOUR).map(({ limit }) => limit);
}

describe('gemv', () => {
  it('sends the vector again for every call and every weight once', () => {
    const program: Program = {
      specificationVersion: 'v1',
      name: 'gemv',
      ...gemv.build({ m: 2048, k: 512 }, PUBLISHED),
    };
    expect(checkProgram(program)).toEqual([]);
    const work = programWork(program);
    expect(work.multiplyAccumulates).toBe(2048 * 512);
    expect(work.bytesRead).toBe(2 * 2048 * 512 + (2048 / (8 * 4)) * 512 * 2);
    expect(work.bytesWritten).toBe(2 * 2048);
    expect(work.calls).toEqual(
      new Map([
        ['zero-bf16', 2048 / 8],
        ['gemv-bf16', 2048 / 4],
      ]),
    );
  });

  it('rejects what was published to fail, by name', () => {
    // gemv-310, -312, -313, -315, -323.
    expect(broken(2048, 2048, { tileM: 1, mInput: 1 })).toEqual(['alignment']);
    expect(broken(2048, 11_008, { tileM: 2, mInput: 2 })).toEqual(['l1']);
    expect(broken(2048, 2048, { tileM: 16 })).toEqual(['l2']);
    expect(broken(151_936, 896, { tileM: 16, mInput: 16 })).toEqual(['repeat-count']);
    expect(broken(16_384, 3584, { pingPong: 'L1-and-L2' })).toEqual(['l1']);
    expect(broken(2048, 90, {})).toEqual(['lanes']);
    expect(broken(2048, 2048, { mInput: 3 })).toEqual(['divide-tile']);
    expect(broken(100, 2048, {})).toEqual(['divide-m']);
    expect(broken(2048, 1024, { herdColumns: 16 })).toEqual(['herd-columns']);
    // gemv-275: 768 iterations pass, since they factor.
    expect(broken(49_152, 2048, { mInput: 8 })).toEqual([]);
  });

  it.each([
    [90, 90],
    [1, 64],
    [151, 1000],
    [4864, 896],
    [11_008, 2048],
    [2048, 14_336],
  ])('pads %d x %d to the least that runs well, once and for all', (m, k) => {
    const padded = padGemv({ m, k }, EIGHT_BY_FOUR);
    expect(padded.m).toBeGreaterThanOrEqual(m);
    expect(padded.m).toBeLessThan(1.3 * m + 2);
    expect(padded.k).toBe(Math.ceil(k / 64) * 64);
    expect(padGemv(padded, EIGHT_BY_FOUR)).toEqual(padded);
    const [first] = gemv.configurations({ ...padded }, EIGHT_BY_FOUR);
    expect(gemv.limits({ ...padded }, first as KernelConfig, EIGHT_BY_FOUR)).toEqual([]);
  });
});

describe('lm-head-gemv', () => {
  it('cuts vocabularies as the published deployments do', () => {
    expect(partitionHead(128_256)).toEqual({ m: 16_384, partitions: 8 });
    expect(partitionHead(151_936)).toEqual({ m: 8192, partitions: 19 });
    expect(partitionHead(49_152)).toEqual({ m: 16_384, partitions: 3 });
    expect(partitionHead(512)).toEqual({ m: 512, partitions: 1 });
  });

  it('is one launch per partition over one vector', () => {
    const shape = { m: 64, k: 128, partitions: 3 };
    const program: Program = {
      specificationVersion: 'v1',
      name: 'head',
      ...lmHeadGemv.build(shape, { ...PUBLISHED, mInput: 8 }),
    };
    expect(checkProgram(program)).toEqual([]);
    expect(program.hostPath).toBe('elf');
    expect(program.arguments.map(({ name }) => name)).toEqual(['a0', 'a1', 'a2', 'x', 'c0', 'c1', 'c2']);
    expect(programWork(program).multiplyAccumulates).toBe(3 * 64 * 128);
  });
});
