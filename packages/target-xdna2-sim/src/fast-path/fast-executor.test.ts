import {
  bf16ToF32,
  f32ToBf16NearestEven,
  f32ToBf16Truncate,
  type Program,
  RuntimeFault,
  seededRandom,
} from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { addProgram, gemmProgram } from '../execution/__fixtures__/small-programs.ts';
import { XDNA2_MICROKERNELS } from '../execution/bound-call.ts';
import { ddrArguments } from '../execution/ddr-argument.ts';
import { fastExecutor } from './fast-executor.ts';

function run(program: Program, memories: readonly Uint8Array[], times = 1): void {
  const executor = fastExecutor('d', program, XDNA2_MICROKERNELS);
  for (let i = 0; i < times; i++) {
    executor.start(ddrArguments('d', program, memories));
    while (!executor.advance(1000));
  }
}

const bytes = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

function randomBf16(length: number, seed: number): Uint16Array {
  const random = seededRandom(seed);
  return Uint16Array.from({ length }, () => f32ToBf16NearestEven(random.normal()));
}

describe('fastExecutor', () => {
  it('adds on eight cores', () => {
    const a = randomBf16(8 * 5 * 64, 1);
    const b = randomBf16(8 * 5 * 64, 2);
    const c = new Uint16Array(a.length);
    run(addProgram(8, 5, 64), [bytes(a), bytes(b), bytes(c)]);
    for (let i = 0; i < c.length; i++) expect(c[i]).toBe(f32ToBf16Truncate(bf16ToF32(a[i]) + bf16ToF32(b[i])));
  });

  it('multiplies matrices through L2 with broadcasts, and again on the same executor', () => {
    const tiles = { m: 64, k: 128, n: 96, columns: 2, rows: 2, tileM: 16, tileN: 16, k2: 64, k1: 32 };
    const a = randomBf16(tiles.m * tiles.k, 3);
    const b = randomBf16(tiles.k * tiles.n, 4);
    const c = new Float32Array(tiles.m * tiles.n);
    run(gemmProgram(tiles), [bytes(a), bytes(b), bytes(c)], 2);
    let difference = 0;
    let total = 0;
    for (let i = 0; i < tiles.m; i++) {
      for (let j = 0; j < tiles.n; j++) {
        let sum = 0;
        for (let p = 0; p < tiles.k; p++) sum += bf16ToF32(a[i * tiles.k + p]) * bf16ToF32(b[p * tiles.n + j]);
        difference += Math.abs(sum - c[i * tiles.n + j]);
        total += Math.abs(sum);
      }
    }
    // Block floating point: the published error of this datapath is 9e-3.
    expect(difference / total).toBeLessThan(0.012);
    expect(difference / total).toBeGreaterThan(0.006);
  });

  it('finds a channel that nobody fills, and says who waits on it', () => {
    const program = addProgram(2, 3, 64);
    const [launch] = program.launches;
    const starved: Program = {
      ...program,
      launches: [{ ...launch!, shim: launch!.shim.filter(({ name }) => name !== 'b_l1') }],
    };
    const memory = () => new Uint8Array(2 * 3 * 64 * 2);
    let fault: unknown;
    try {
      run(starved, [memory(), memory(), memory()]);
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(RuntimeFault);
    const { kind, dump } = fault as RuntimeFault;
    expect(kind).toBe('timeout');
    expect(dump.actors.find(({ actor }) => actor === 'core add(1, 0)')).toMatchObject({
      state: 'waiting',
      waitsOn: 'channel b_l1[1] to be filled',
    });
    expect(dump.channels.find(({ name }) => name === 'b_l1[1]')).toEqual({
      name: 'b_l1[1]',
      elementsPut: 0,
      elementsTaken: 0,
    });
    expect(dump.channels.find(({ name }) => name === 'a_l1[1]')!.elementsTaken).toBe(64);
  });

  it('finds data that nobody takes', () => {
    const program = addProgram(1, 2, 64);
    const [launch] = program.launches;
    const untaken: Program = {
      ...program,
      launches: [{ ...launch!, shim: launch!.shim.filter(({ name }) => name !== 'c_l1') }],
    };
    const memory = () => new Uint8Array(2 * 64 * 2);
    expect(() => run(untaken, [memory(), memory(), memory()])).toThrow(/c_l1/);
  });

  it('refuses to reach beyond an argument', () => {
    const program = addProgram(1, 2, 64);
    const short: Program = {
      ...program,
      arguments: program.arguments.map((argument) => ({ ...argument, elements: 100 })),
    };
    const memory = () => new Uint8Array(200);
    expect(() => run(short, [memory(), memory(), memory()])).toThrow(/reaches elements 64 to 127 of .*, which has 100/);
  });
});
