import { type KernelConfig, type Program, seededRandom, TilewrightError } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { EIGHT_BY_FOUR } from '../__fixtures__/eight-by-four.ts';
import { checkProgram } from '../program/check-program.ts';
import { programWork } from '../program/work.ts';
import { gemm } from './gemm.ts';
import { padGemm } from './gemm-configurations.ts';
import { gemmF32 } from './gemm-f32.ts';
import { BF16_OUT, gemmLimits, gemmTiling, isLegalGemm } from './gemm-tiling.ts';

/** Published row gemm-052. */
const SQUARE = { m: 2048, k: 2048, n: 2048 };
const PUBLISHED: KernelConfig = {
  method: 'drain',
  tileM: 32,
  tileN: 128,
  tileKL1: 32,
  tileKL2: 512,
  herdColumns: 8,
  herdRows: 4,
  drainChunks: 1,
};

function programOf(shape: Readonly<Record<string, number>>, config: KernelConfig): Program {
  return { specificationVersion: 'v1', name: 'gemm', ...gemm.build(shape, config) };
}

function broken(shape: Readonly<Record<string, number>>, changes: KernelConfig): readonly string[] {
  return gemm.limits(shape, { ...PUBLISHED, ...changes }, EIGHT_BY_FOUR).map(({ limit }) => limit);
}

describe('gemm', () => {
  it('moves and multiplies what dataflows.md says', () => {
    const work = programWork(programOf(SQUARE, PUBLISHED));
    const [m, k, n] = [2048, 2048, 2048];
    expect(work.multiplyAccumulates).toBe(m * k * n);
    // A once per column of blocks of 4·128, B once per row of blocks of 8·32, C once.
    expect(work.bytesRead).toBe(2 * m * k * (n / 512) + 2 * k * n * (m / 256));
    expect(work.bytesWritten).toBe(2 * m * n);
    const [iterations, cores] = [(m / 256) * (n / 512), 32];
    expect(work.calls).toEqual(
      new Map([
        ['zero-f32', iterations * cores],
        ['matmul-bfp16-f32', iterations * cores * (k / 32)],
        ['cast-f32-bf16', iterations * cores],
      ]),
    );
  });

  it.each([
    [
      { m: 64, k: 32, n: 720 },
      { tileM: 16, tileN: 80, tileKL1: 32, tileKL2: 32, herdColumns: 4, herdRows: 3 },
    ],
    [
      { m: 128, k: 96, n: 64 },
      { tileM: 16, tileN: 32, tileKL1: 16, tileKL2: 32, herdRows: 2, drainChunks: 2 },
    ],
    [
      { m: 128, k: 128, n: 128 },
      { method: 'direct', tileM: 16, tileN: 16, tileKL1: 32, tileKL2: 64, herdColumns: 2, herdRows: 1 },
    ],
  ])('builds well-formed programs: %o', (shape, changes) => {
    const config = { ...PUBLISHED, ...changes } as KernelConfig;
    expect(gemm.limits(shape, config, EIGHT_BY_FOUR)).toEqual([]);
    expect(checkProgram(programOf(shape, config))).toEqual([]);
  });

  it('rounds to bf16 at every L1 step in the direct method', () => {
    const { calls } = programWork(programOf(SQUARE, { ...PUBLISHED, method: 'direct', tileM: 64 }));
    expect(calls.get('matmul-bfp16-bf16')).toBe(4 * 4 * 32 * 64);
    expect(calls.has('cast-f32-bf16')).toBe(false);
  });

  it('multiplies into scratch memory and casts in a second launch where it is fused', () => {
    const config = { ...PUBLISHED, method: 'fused-cast', tileM: 64 };
    expect(gemm.limits(SQUARE, config, EIGHT_BY_FOUR)).toEqual([]);
    const program = programOf(SQUARE, config);
    expect(checkProgram(program)).toEqual([]);
    expect(program.hostPath).toBe('elf');
    expect(program.launches.map(({ name }) => name)).toEqual(['gemm', 'cast']);
    const elements = 2048 * 2048;
    expect(program.arguments.at(-1)).toEqual({ name: 'scratch', format: 'f32', elements, access: 'read-write' });
    const { calls, bytesRead, bytesWritten } = programWork(program);
    expect(calls.get('cast-f32-bf16-lanes')).toBe(elements / 2048);
    expect(calls.has('cast-f32-bf16')).toBe(false);
    // Beside A and B the scratch memory once each way, and C.
    expect(bytesRead).toBe(2 * elements * 4 + 2 * elements * 4 + 4 * elements);
    expect(bytesWritten).toBe(4 * elements + 2 * elements);
  });

  it('drains f32 as it is in the kernel that gives f32', () => {
    for (const method of ['external', 'direct']) {
      const config = { ...PUBLISHED, method, tileM: 64 };
      expect(gemmF32.limits(SQUARE, config, EIGHT_BY_FOUR)).toEqual([]);
      const program: Program = { specificationVersion: 'v1', name: method, ...gemmF32.build(SQUARE, config) };
      expect(checkProgram(program)).toEqual([]);
      expect(program.arguments.at(-1)).toMatchObject({ name: 'c', format: 'f32', access: 'write' });
      const { calls, bytesWritten } = programWork(program);
      expect(calls.size).toBe(2);
      expect(bytesWritten).toBe(4 * 2048 * 2048);
    }
  });

  it('names what keeps a shape from a fused cast', () => {
    const odd = { m: 2048, k: 896, n: 896 };
    const config = { ...PUBLISHED, method: 'fused-cast', tileM: 64, tileN: 32, tileKL2: 128 };
    expect(gemm.limits(odd, config, EIGHT_BY_FOUR)).toEqual([]);
    const short = gemm.limits({ m: 64, k: 128, n: 128 }, { ...config, herdColumns: 1 }, EIGHT_BY_FOUR);
    expect(short.map(({ limit }) => limit)).toEqual(['divide-cast']);
    expect(short[0]?.message).toMatch(/pad m or n, or choose drain/);
    const seventeen = gemm.limits(
      { m: 64, k: 128, n: 17 * 256 },
      { ...config, tileN: 64, herdColumns: 1 },
      EIGHT_BY_FOUR,
    );
    expect(seventeen.map(({ limit }) => limit)).toEqual(['cast-trip-count']);
  });

  it('rejects what was published to fail, by name', () => {
    // gemm-197, -210, -159, -160, -223, -173, -200, and a herd that the array does not have.
    expect(broken({ m: 2048, k: 8192, n: 2048 }, { tileM: 64, tileKL2: 256 })).toEqual(['l1']);
    expect(broken({ m: 2048, k: 2560, n: 9728 }, { tileM: 32, tileKL2: 256, tileN: 64 })).toEqual(['stride']);
    expect(broken(SQUARE, { tileM: 8 })).toEqual(['tile-m']);
    expect(broken({ m: 64, k: 2048, n: 2048 }, { tileM: 16 })).toEqual(['divide-m']);
    expect(
      broken({ m: 64, k: 720, n: 720 }, { tileM: 16, tileN: 16, tileKL1: 48, tileKL2: 144, herdColumns: 4 }),
    ).toEqual(['divide-n']);
    expect(
      broken({ m: 64, k: 720, n: 960 }, { tileM: 16, tileN: 80, tileKL1: 48, tileKL2: 720, herdColumns: 4 }),
    ).toEqual(['trip-count']);
    expect(broken(SQUARE, { herdRows: 1 })).toEqual(['herd-rows']);
    expect(broken(SQUARE, { herdRows: 8, tileN: 64, tileKL2: 256 })).toEqual(['herd-rows']);
    expect(broken(SQUARE, { tileKL2: 1024 })).toEqual(['l2']);
    expect(() => gemm.build(SQUARE, { ...PUBLISHED, tileM: 24 })).toThrow(/multiple of 16/);
  });

  it('names a setting that is missing or no number', () => {
    expect.assertions(2);
    try {
      gemm.build(SQUARE, { ...PUBLISHED, tileM: 'large' });
    } catch (error) {
      expect(TilewrightError.isInstance(error) && error.code).toBe('plan-invalid');
      expect(String(error)).toContain('tileM');
    }
  });

  it('knows without reasons what it rejects with reasons', () => {
    const random = seededRandom(11);
    let legal = 0;
    for (let trial = 0; trial < 4000; trial++) {
      const config = {
        method: random.pick(['drain', 'direct', 'fused-cast']),
        tileM: random.pick([8, 16, 32, 64]),
        tileN: random.pick([16, 24, 64, 128, 256]),
        tileKL1: random.pick([8, 16, 12, 32, 64]),
        tileKL2: random.pick([16, 32, 64, 160, 512]),
        herdColumns: random.integer(1, 10),
        herdRows: random.integer(1, 6),
        drainChunks: random.pick([1, 1, 2]),
      };
      // Mostly multiples of the tiles, so that other limits get their turn.
      const off = random.pick([0, 0, 0, 16]);
      const shape = {
        m: config.tileM * config.herdColumns * random.integer(1, 4) + off,
        k: config.tileKL2 * random.integer(1, 20),
        n: config.tileN * config.herdRows * random.pick([1, 2, 40]),
      };
      const t = gemmTiling(BF16_OUT, shape, config);
      const isLegal = isLegalGemm(t, EIGHT_BY_FOUR);
      expect(isLegal).toBe(gemmLimits(t, EIGHT_BY_FOUR).length === 0);
      if (isLegal) legal++;
    }
    expect(legal).toBeGreaterThan(300);
  });

  it('pads to shapes that have a configuration, never shrinks, and pads them no further', () => {
    const random = seededRandom(5);
    for (let trial = 0; trial < 40; trial++) {
      const shape = { m: random.integer(1, 300), k: random.integer(1, 300), n: random.integer(1, 600) };
      const padded = padGemm(shape, EIGHT_BY_FOUR);
      for (const axis of ['m', 'k', 'n'] as const) {
        expect(padded[axis]).toBeGreaterThanOrEqual(shape[axis]);
        expect(padded[axis]).toBeLessThanOrEqual(Math.max(32, 1.5 * shape[axis] + 16));
      }
      expect(padGemm(padded, EIGHT_BY_FOUR)).toEqual(padded);
      const [first] = gemm.configurations({ ...padded }, EIGHT_BY_FOUR);
      expect(gemm.limits({ ...padded }, first as KernelConfig, EIGHT_BY_FOUR)).toEqual([]);
    }
  });
});
