import type { KernelConfig, Program } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { EIGHT_BY_FOUR } from '../__fixtures__/eight-by-four.ts';
import type { KernelDefinition, KernelShape } from '../kernel/kernel-definition.ts';
import { checkProgram } from '../program/check-program.ts';
import { programWork } from '../program/work.ts';
import { add } from './add.ts';
import { biasAdd } from './bias-add.ts';
import { cast } from './cast.ts';
import { gelu } from './gelu.ts';

function programOf(kernel: KernelDefinition, shape: KernelShape, config: KernelConfig): Program {
  return { specificationVersion: 'v1', name: kernel.name, ...kernel.build(shape, config) };
}

function first(kernel: KernelDefinition, shape: KernelShape): KernelConfig {
  const [config] = kernel.configurations(shape, EIGHT_BY_FOUR);
  if (config === undefined) throw new Error(`${kernel.name} has no configuration at ${JSON.stringify(shape)}`);
  return config;
}

describe('add', () => {
  const broken = (elements: number, config: KernelConfig): readonly string[] =>
    add.limits({ elements }, { herdColumns: 8, herdRows: 1, ...config }, EIGHT_BY_FOUR).map(({ limit }) => limit);

  it('reads each operand and writes the sum once', () => {
    const elements = 1 << 22;
    // eltwiseadd-402: the herd's shape does not matter, only that it has eight tiles.
    const program = programOf(add, { elements }, { tile: 2048, herdColumns: 2, herdRows: 4 });
    expect(checkProgram(program)).toEqual([]);
    expect(programWork(program)).toEqual({
      multiplyAccumulates: 0,
      bytesRead: 4 * elements,
      bytesWritten: 2 * elements,
      calls: new Map([['add-bf16', elements / 2048]]),
    });
  });

  it('chooses the published tile, and rejects what was published to fail', () => {
    expect(first(add, { elements: 1 << 22 })).toEqual({ tile: 2048, herdColumns: 8, herdRows: 1 });
    // eltwiseadd-404, -416, -417.
    expect(broken(1 << 22, { tile: 2048, herdRows: 2 })).toEqual(['shim-channels']);
    expect(broken(1 << 22, { tile: 8192 })).toEqual(['l1']);
    expect(broken(245_760, { tile: 2048 })).toEqual(['trip-count']);
    expect(broken(245_760, { tile: 1920 })).toEqual([]);
    expect(broken(1 << 22, { tile: 24 })).toContain('lanes');
  });

  it.each([1, 90, 112, 2048, 128 * 96, 16 * 4099])('pads %d elements little and once', (elements) => {
    const padded = add.padded?.({ elements }, EIGHT_BY_FOUR) as { elements: number };
    expect(padded.elements - elements).toBeGreaterThanOrEqual(0);
    expect(padded.elements - elements).toBeLessThan(512);
    expect(add.padded?.(padded, EIGHT_BY_FOUR)).toEqual(padded);
    expect(checkProgram(programOf(add, padded, first(add, padded)))).toEqual([]);
  });
});

describe('gelu', () => {
  const elements = 3_145_728;
  const broken = (config: KernelConfig): readonly string[] =>
    gelu.limits({ elements }, config, EIGHT_BY_FOUR).map(({ limit }) => limit);

  it('takes two rows of cores, since one input leaves shim channels for them', () => {
    expect(first(gelu, { elements })).toEqual({ tile: 4096, herdColumns: 8, herdRows: 2 });
    const program = programOf(gelu, { elements }, first(gelu, { elements }));
    expect(checkProgram(program)).toEqual([]);
    expect(programWork(program)).toEqual({
      multiplyAccumulates: 0,
      bytesRead: 2 * elements,
      bytesWritten: 2 * elements,
      calls: new Map([['gelu-bf16', elements / 4096]]),
    });
  });

  it('rejects what was published to fail, by name', () => {
    // gelu-459, -460, -461; gelu-458 and -469 passed.
    expect(broken({ tile: 4096, herdColumns: 8, herdRows: 4 })).toEqual(['shim-channels']);
    expect(broken({ tile: 4096, herdColumns: 2, herdRows: 8 })).toEqual(['herd-rows']);
    expect(broken({ tile: 4096, herdColumns: 1, herdRows: 8 })).toEqual(['herd-rows']);
    expect(broken({ tile: 4096, herdColumns: 4, herdRows: 4 })).toEqual([]);
    expect(broken({ tile: 6144, herdColumns: 8, herdRows: 2 })).toEqual([]);
  });
});

describe('cast', () => {
  it('reads four bytes and writes two for every element', () => {
    const elements = 1 << 22;
    const config = first(cast, { elements });
    expect(config).toEqual({ tile: 2048, herdColumns: 8, herdRows: 2 });
    const program = programOf(cast, { elements }, { ...config, herdRows: 1 });
    expect(checkProgram(program)).toEqual([]);
    const { bytesRead, bytesWritten, calls } = programWork(program);
    expect([bytesRead, bytesWritten]).toEqual([4 * elements, 2 * elements]);
    expect(calls).toEqual(new Map([['cast-f32-bf16-lanes', elements / 2048]]));
  });
});

describe('bias-add', () => {
  it.each([
    [2048, 2048, { tile: 2048, herdColumns: 8 }],
    // L1 does not hold rows this wide: two parts, and the bias still comes once.
    [2048, 8192, { tile: 4096, herdColumns: 8 }],
    [1, 2048, { tile: 2048, herdColumns: 1 }],
  ])('sends %d rows of %d once, and the bias once', (rows, width, config) => {
    const shape = { rows, width };
    expect(first(biasAdd, shape)).toEqual(config);
    const program = programOf(biasAdd, shape, config);
    expect(checkProgram(program)).toEqual([]);
    const work = programWork(program);
    expect(work.bytesRead).toBe(2 * rows * width + 2 * width);
    expect(work.bytesWritten).toBe(2 * rows * width);
    expect(work.calls.get('add-bf16')).toBe((rows * width) / config.tile);
  });

  it('names what does not fit', () => {
    const broken = (rows: number, width: number, config: KernelConfig): readonly string[] =>
      biasAdd.limits({ rows, width }, config, EIGHT_BY_FOUR).map(({ limit }) => limit);
    expect(broken(2048, 8192, { tile: 8192, herdColumns: 8 })).toEqual(['l1']);
    expect(broken(9, 64, { tile: 64, herdColumns: 1 })).toEqual(['trip-count']);
    expect(broken(10, 64, { tile: 64, herdColumns: 8 })).toContain('divide-rows');
    expect(broken(8, 90, { tile: 90, herdColumns: 8 })).toEqual(['lanes']);
  });
});
