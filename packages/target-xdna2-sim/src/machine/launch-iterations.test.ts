import { describe, expect, it } from 'vitest';
import { launchIterations } from './launch-iterations.ts';

const grid = [
  { variable: 'm', extent: 2 },
  { variable: 'n', extent: 4 },
];
const order = (batch: readonly number[]) => [...launchIterations(grid, batch)].map(({ m, n }) => `${m}${n}`);

describe('launchIterations', () => {
  it('is row-major where one batch holds the whole grid', () => {
    expect(order([2, 4])).toEqual(['00', '01', '02', '03', '10', '11', '12', '13']);
  });

  it('finishes a batch before the next one starts', () => {
    expect(order([2, 2])).toEqual(['00', '01', '10', '11', '02', '03', '12', '13']);
  });

  it('runs once without a grid', () => {
    expect([...launchIterations([], [])]).toEqual([{}]);
  });
});
