import { describe, expect, it } from 'vitest';
import { ringKeepsStep, unrolledCopies, unrolledCopy } from './unrolled-loop.ts';

const copiesOf = (trips: number): number[] => Array.from({ length: trips }, (_, i) => unrolledCopy(i, trips));

describe('a loop unrolled by two', () => {
  it('has a copy of its body for what remains', () => {
    expect([1, 2, 3, 4, 5, 9].map(unrolledCopies)).toEqual([1, 2, 3, 2, 3, 3]);
    expect(copiesOf(4)).toEqual([0, 1, 0, 1]);
    expect(copiesOf(5)).toEqual([0, 1, 0, 1, 2]);
  });

  it('keeps step with a ring of its buffers where the published rows are right, and only there', () => {
    // Right: 1, 3 and even counts; wrong: 5, 9 and 15 (facts/kernels.json, gemm-170 … 182, eltwiseadd-417).
    expect([1, 2, 3, 4, 6, 10, 30].filter((trips) => !ringKeepsStep(trips))).toEqual([]);
    expect([5, 7, 9, 15, 2047].filter(ringKeepsStep)).toEqual([]);
  });

  it('says so as walking both rings says, over several rounds of the loop', () => {
    for (let trips = 1; trips <= 24; trips++) {
      const ring = unrolledCopies(trips);
      let agrees = true;
      for (let block = 0; block < 3 * trips; block++) {
        if (unrolledCopy(block % trips, trips) !== block % ring) agrees = false;
      }
      expect(ringKeepsStep(trips)).toBe(agrees);
    }
  });
});
