import type { Launch } from '@tilewright/spec';
import { expect, it } from 'vitest';
import { spinningProgram } from '../execution/__fixtures__/small-programs.ts';
import { XDNA2_MICROKERNELS } from '../execution/bound-call.ts';
import { launchNetwork } from './launch-network.ts';

it('lets the thread go where a core has it to itself for long', () => {
  const program = spinningProgram(2 ** 31 - 1);
  const network = launchNetwork('d', program, program.launches[0] as Launch, XDNA2_MICROKERNELS, null);
  network.start(program.arguments.map(() => new Int32Array(32)));
  expect(network.advance(5)).toBe(false);
  expect(network.advance(5)).toBe(false);
});
