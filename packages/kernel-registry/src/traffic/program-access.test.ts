import { addProgram, copyProgram, twoAddsProgram } from '@tilewright/testkit';
import { expect, test } from 'vitest';
import { argumentAccess } from './program-access.ts';

const tiling = { tiles: 2, steps: 3, tile: 64 };

test('what is read and what is written whole', () => {
  const add = addProgram(tiling);
  expect(argumentAccess(add, 'a')).toEqual({ readsEarlier: true, writes: false, writesAll: false });
  expect(argumentAccess(add, 'c')).toEqual({ readsEarlier: false, writes: true, writesAll: true });
});

test('a value that one launch writes and the next reads is not read from earlier', () => {
  expect(argumentAccess(twoAddsProgram(tiling), 't')).toEqual({ readsEarlier: false, writes: true, writesAll: true });
});

test('a buffer that is longer than what is written is not written whole', () => {
  const copy = copyProgram({ steps: 2, tile: 256 });
  const longer = { ...copy, arguments: copy.arguments.map((argument) => ({ ...argument, elements: 513 })) };
  expect(argumentAccess(longer, 'output')).toEqual({ readsEarlier: false, writes: true, writesAll: false });
});
