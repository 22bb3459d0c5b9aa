import type { KernelConfig, Program } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { EIGHT_BY_FOUR } from '../__fixtures__/eight-by-four.ts';
import type { KernelDefinition, KernelShape } from '../kernel/kernel-definition.ts';
import { checkProgram } from '../program/check-program.ts';
import { programWork } from '../program/work.ts';
import { layerNorm } from './layer-norm.ts';
import { qkNorm } from './qk-norm.ts';
import { rmsNorm } from './rms-norm.ts';
import { rope } from './rope.ts';
import { siluMul } from './silu-mul.ts';

function programOf(kernel: KernelDefinition, shape: KernelShape, config: KernelConfig): Program {
  return { specificationVersion: 'v1', name: kernel.name, ...kernel.build(shape, config) };
}

function brokenBy(kernel: KernelDefinition, shape: KernelShape, config: KernelConfig): readonly string[] {
  return kernel.limits(shape, config, EIGHT_BY_FOUR).map(({ limit }) => limit);
}

const norm = (rows: number, width: number): KernelShape => ({ rows, width, count: width, epsilon: 1e-5 });
const MEBI = 1 << 20;

const CASES: readonly {
  readonly kernel: KernelDefinition;
  readonly shape: KernelShape;
  readonly first: KernelConfig;
  readonly calls: number;
  readonly read: number;
  readonly written: number;
}[] = [
  {
    kernel: rmsNorm,
    shape: norm(2048, 2048),
    first: { herdColumns: 8 },
    calls: 2048,
    read: 8 * MEBI + 4096,
    written: 8 * MEBI,
  },
  { kernel: rmsNorm, shape: norm(1, 2048), first: { herdColumns: 1 }, calls: 1, read: 8192, written: 4096 },
  { kernel: rmsNorm, shape: norm(14, 48), first: { herdColumns: 7 }, calls: 14, read: 1440, written: 1344 },
  {
    kernel: qkNorm,
    shape: { ...norm(256, 64), count: 48 },
    first: { herdColumns: 8 },
    calls: 256,
    read: 32_896,
    written: 32_768,
  },
  {
    // layernorm-360: weight and bias come as one operand.
    kernel: layerNorm,
    shape: norm(1024, 768),
    first: { herdColumns: 8 },
    calls: 1024,
    read: 2 * 1024 * 768 + 4 * 768,
    written: 2 * 1024 * 768,
  },
  {
    kernel: rope,
    shape: { rows: 65_536, width: 64 },
    first: { herdColumns: 8, herdRows: 1 },
    calls: 65_536,
    read: 16 * MEBI,
    written: 8 * MEBI,
  },
  {
    kernel: rope,
    shape: { rows: 9, width: 32 },
    first: { herdColumns: 3, herdRows: 1 },
    calls: 9,
    read: 1152,
    written: 576,
  },
  {
    kernel: siluMul,
    shape: { elements: 16 * MEBI },
    first: { tile: 4096, herdColumns: 8, herdRows: 1 },
    calls: 4096,
    read: 64 * MEBI,
    written: 32 * MEBI,
  },
  {
    kernel: siluMul,
    shape: { elements: 176 },
    first: { tile: 176, herdColumns: 1, herdRows: 1 },
    calls: 1,
    read: 704,
    written: 352,
  },
];

describe('norms, RoPE and SiLU as programs', () => {
  it.each(CASES)('$kernel.name at $shape moves each operand once', ({ kernel, shape, first, calls, read, written }) => {
    const [config] = kernel.configurations(shape, EIGHT_BY_FOUR);
    expect(config).toEqual(first);
    const program = programOf(kernel, shape, config as KernelConfig);
    expect(checkProgram(program)).toEqual([]);
    const work = programWork(program);
    expect([...work.calls.values()]).toEqual([calls]);
    expect(work).toMatchObject({ bytesRead: read, bytesWritten: written, multiplyAccumulates: 0 });
  });

  it.each(CASES)('$kernel.name at $shape builds whatever it offers', ({ kernel, shape }) => {
    const offered = [...kernel.configurations(shape, EIGHT_BY_FOUR)];
    expect(new Set(offered.map((config) => JSON.stringify(config))).size).toBe(offered.length);
    for (const config of offered.slice(0, 12)) {
      expect(brokenBy(kernel, shape, config)).toEqual([]);
      expect(checkProgram(programOf(kernel, shape, config))).toEqual([]);
    }
  });

  it.each(CASES)('$kernel.name at $shape is padded already', ({ kernel, shape }) => {
    expect(kernel.padded?.(shape, EIGHT_BY_FOUR)).toEqual(shape);
  });

  it('pad what the vector unit cannot take', () => {
    expect(rmsNorm.padded?.({ ...norm(3, 68) }, EIGHT_BY_FOUR)).toEqual({ ...norm(3, 68), width: 80 });
    expect(rope.padded?.({ rows: 3, width: 48 }, EIGHT_BY_FOUR)).toEqual({ rows: 3, width: 64 });
    expect(siluMul.padded?.({ elements: 177 }, EIGHT_BY_FOUR)).toEqual({ elements: 192 });
  });

  it.each([
    ['width', rmsNorm, norm(8, 40), { herdColumns: 8 }, ['lanes']],
    ['rows', rmsNorm, norm(10, 64), { herdColumns: 8 }, ['divide-rows']],
    ['true width', qkNorm, { ...norm(8, 64), count: 65 }, { herdColumns: 8 }, ['count']],
    ['L1', rmsNorm, norm(16, 8192), { herdColumns: 8 }, ['l1']],
    ['head', rope, { rows: 8, width: 48 }, { herdColumns: 8, herdRows: 1 }, ['lanes']],
    ['shim channels of RoPE', rope, { rows: 65_536, width: 64 }, { herdColumns: 8, herdRows: 2 }, ['shim-channels']],
    ['steps and tile', siluMul, { elements: 16 * MEBI }, { tile: 2048, herdColumns: 8, herdRows: 1 }, ['descriptors']],
    [
      'steps and tile of two cores',
      siluMul,
      { elements: 16 * MEBI },
      { tile: 4096, herdColumns: 2, herdRows: 1 },
      ['descriptors'],
    ],
    ['a large tile', siluMul, { elements: 16 * MEBI }, { tile: 8192, herdColumns: 8, herdRows: 1 }, ['l1']],
    [
      'array',
      siluMul,
      { elements: 16 * MEBI },
      { tile: 256, herdColumns: 16, herdRows: 8 },
      ['herd-columns', 'herd-rows', 'shim-channels'],
    ],
  ] as const)('name the limit: %s', (_, kernel, shape, config, limits) => {
    expect([...brokenBy(kernel, shape, config)].sort()).toEqual([...limits].sort());
  });

  it('take what one core reads as one transfer, however long', () => {
    expect(brokenBy(siluMul, { elements: 16 * MEBI }, { tile: 4096, herdColumns: 1, herdRows: 1 })).toEqual([]);
  });

  it('refuse to build what breaks a limit', () => {
    expect(() => rope.build({ rows: 10, width: 32 }, { herdColumns: 8, herdRows: 1 })).toThrow(
      expect.objectContaining({ code: 'shape-unsupported' }),
    );
    expect(() => rmsNorm.build({ rows: 8, width: 32, count: 32, epsilon: -1 }, { herdColumns: 8 })).toThrow(
      expect.objectContaining({ code: 'plan-invalid' }),
    );
  });
});
