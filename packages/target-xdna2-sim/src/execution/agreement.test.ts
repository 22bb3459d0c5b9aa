import { type Program, seededRandom } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { compileProgram } from '../compile/compile-program.ts';
import { XDNA2 } from '../device/xdna2.ts';
import { fastExecutor } from '../fast-path/fast-executor.ts';
import { literalExecutor } from '../interpreter/literal-executor.ts';
import type { Machine } from '../machine/machine.ts';
import { accumulatorProgram, addProgram, exchangeProgram, gemmProgram } from './__fixtures__/small-programs.ts';
import { XDNA2_MICROKERNELS } from './bound-call.ts';
import { ddrArguments } from './ddr-argument.ts';
import type { Executor } from './executor.ts';

function machineOf(program: Program): Machine {
  const { machine, diagnostics } = compileProgram(program, XDNA2);
  expect(diagnostics).toEqual([]);
  return machine as Machine;
}

/** Runs with arguments of random bits and returns all bytes afterwards. */
function bytesAfter(program: Program, executor: Executor): Uint8Array[] {
  const random = seededRandom(5);
  const memories = program.arguments.map(({ format, elements }) => {
    const bytes = new Uint8Array(elements * (format === 'f32' ? 4 : 2));
    // Exponents of about one, so that nothing overflows.
    for (let i = 0; i < bytes.length; i++) bytes[i] = i % 2 === 0 ? random.integer(0, 256) : random.pick([0x3f, 0xbf]);
    return bytes;
  });
  executor.start(ddrArguments('d', program, memories));
  while (!executor.advance(1000));
  return memories;
}

const PROGRAMS: readonly [string, Program][] = [
  ['add', addProgram(8, 6, 64)],
  ['add, odd trip count', addProgram(3, 5, 32)],
  ['gemm', gemmProgram({ m: 128, k: 64, n: 96, columns: 2, rows: 3, tileM: 16, tileN: 16, k2: 32, k1: 16 })],
  ['gemm, one step', gemmProgram({ m: 32, k: 16, n: 32, columns: 2, rows: 2, tileM: 16, tileN: 16, k2: 16, k1: 16 })],
  [
    'gemm, out of step',
    gemmProgram({ m: 64, k: 160, n: 32, columns: 2, rows: 2, tileM: 16, tileN: 16, k2: 80, k1: 16 }),
  ],
  ['an accumulator that a DMA fills and empties', accumulatorProgram(5)],
  ['exchange of what fits between the cores', exchangeProgram(4)],
];

describe('both executions', () => {
  it.each(PROGRAMS)('agree to the bit, in any order of actors: %s', (_, program) => {
    const expected = bytesAfter(program, fastExecutor('d', program, XDNA2_MICROKERNELS, machineOf(program)));
    const machine = machineOf(program);
    for (const seed of [null, 1, 2, 3, 4]) {
      expect(bytesAfter(program, literalExecutor('d', machine, XDNA2_MICROKERNELS, seed))).toEqual(expected);
    }
  });

  it('agree on what loops out of step corrupt (seed 23)', () => {
    const random = seededRandom(23);
    for (let i = 0; i < 16; i++) {
      const trips = 5 + 2 * random.integer(0, 5);
      const columns = random.integer(1, 3);
      const k2 = 8 * trips;
      const sizes = { columns, rows: 1, tileM: 16, tileN: 16, k2, k1: 8 };
      const program =
        i % 2 === 0
          ? addProgram(columns, trips, 32)
          : gemmProgram({ m: 16 * columns * random.integer(1, 4), k: k2 * random.pick([1, 3]), n: 16, ...sizes });
      const machine = machineOf(program);
      const right = bytesAfter(program, fastExecutor('d', program, XDNA2_MICROKERNELS));
      const expected = bytesAfter(program, fastExecutor('d', program, XDNA2_MICROKERNELS, machine));
      expect(expected).not.toEqual(right);
      for (const seed of [null, i]) {
        expect(bytesAfter(program, literalExecutor('d', machine, XDNA2_MICROKERNELS, seed))).toEqual(expected);
      }
    }
  }, 60_000);

  it('move through an accumulator without changing a value', () => {
    const program = accumulatorProgram(3);
    const [before, after] = bytesAfter(program, fastExecutor('d', program, XDNA2_MICROKERNELS));
    const sent = new Float32Array(before!.buffer);
    const received = new Float32Array(after!.buffer);
    expect(received).toEqual(sent.map((value, index) => (index % 64 < 16 ? 0 : value)));
  });

  it('both time out where nobody fills a channel', () => {
    const program = addProgram(2, 3, 64);
    const [launch] = program.launches;
    const starved = {
      ...program,
      launches: [{ ...launch!, shim: launch!.shim.filter(({ name }) => name !== 'b_l1') }],
    };
    const run = (executor: Executor) => () => bytesAfter(starved, executor);
    expect(run(fastExecutor('d', starved, XDNA2_MICROKERNELS))).toThrow(/nothing moves any more/);
    expect(run(literalExecutor('d', machineOf(starved), XDNA2_MICROKERNELS, null))).toThrow(/nothing moves any more/);
  });

  it('both time out where more is sent than the buffers hold before anyone takes it', () => {
    const program = exchangeProgram(5);
    const run = (executor: Executor) => () => bytesAfter(program, executor);
    expect(run(fastExecutor('d', program, XDNA2_MICROKERNELS))).toThrow(/nothing moves any more/);
    expect(run(literalExecutor('d', machineOf(program), XDNA2_MICROKERNELS, 1))).toThrow(/nothing moves any more/);
  });
});
