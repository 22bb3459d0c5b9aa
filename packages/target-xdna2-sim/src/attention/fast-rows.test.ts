import { type SeededRandom, seededRandom } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { IMPLEMENTATIONS } from '../microkernels/implementations.ts';
import type { MicrokernelImplementation, OperandView } from '../microkernels/microkernel.ts';
import { FAST_ROWS } from './fast-rows.ts';

const word = new Uint32Array(1);
const real = new Float32Array(word.buffer);
function bf16(value: number): number {
  real[0] = value;
  return (word[0] as number) >>> 16;
}

const VALUES: Readonly<Record<string, (random: SeededRandom) => number>> = {
  normal: (random) => bf16(random.normal()),
  'far apart': (random) => bf16(random.normal() * 2 ** random.integer(-140, 120)),
  'zeros and halves': (random) => bf16(random.pick([0, -0, 1, -0.5, 127.5, -255])),
  'any bits': (random) => random.integer(0, 0x10000),
};

/** Operands that begin somewhere in their memory. */
function operandsOf(random: SeededRandom, values: (random: SeededRandom) => number, queries: number, width: number) {
  const view = (count: number, from: (random: SeededRandom) => number): OperandView => ({
    data: Uint16Array.from({ length: count + 5 }, () => from(random)),
    offset: 3,
  });
  const maxima = random.pick([values, (from: SeededRandom) => bf16(20 * from.normal()), () => 0xff7f]);
  return {
    output: view(queries * width, values),
    maximum: view(queries, maxima),
    sum: view(queries, values),
    otherOutput: view(queries * width, values),
    otherMaximum: view(queries, maxima),
    otherSum: view(queries, values),
  };
}

describe.each([...FAST_ROWS.keys()])('%s by kernels', (name) => {
  it.each(Object.entries(VALUES))('has the bits of the microkernel: %s', (_, values) => {
    const random = seededRandom(6);
    for (let i = 0; i < 40; i++) {
      // Numbers of rows that are no whole vectors go the readable way.
      const queries = random.pick([4, 16, 24, 64, 7]);
      const width = 8 * random.integer(1, 9);
      const expected = operandsOf(random, values, queries, width);
      const found = structuredClone(expected);
      const parameters = { queries, width, scale: random.pick([0.18, 1.44, 1e-3]) };
      (IMPLEMENTATIONS.get(name) as MicrokernelImplementation)(expected, parameters);
      (FAST_ROWS.get(name) as MicrokernelImplementation)(found, parameters);
      expect(found).toEqual(expected);
    }
  });
});
