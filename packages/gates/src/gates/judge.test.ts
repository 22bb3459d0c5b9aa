import { seededRandom, type Tensor } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { POLICY } from '../policy/policy.ts';
import { judge } from './judge.ts';

const ROWS = 8;
const WIDTH = 64;

function normal(seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: ROWS * WIDTH }, () => random.normal());
}

const tensor = (data: Float32Array, shape: readonly number[] = [ROWS, WIDTH]): Tensor => ({ shape, data });
const reference = normal(1);
const noise = normal(2);

describe.each(Object.entries(POLICY.kernels))('the rule for %s', (_, rule) => {
  const kinds = (ours: Tensor): string[] => judge('x', ours, tensor(reference), rule).failures.map(({ kind }) => kind);

  it('accepts an error of half of what it allows on the mean', () => {
    const share = 0.4 * rule.meanRelativeL1;
    expect(kinds(tensor(reference.map((value, i) => value + share * noise[i])))).toEqual([]);
  });

  it('rejects a doubled output, though it correlates', () => {
    expect(kinds(tensor(reference.map((value) => 2 * value)))).toContain('tolerance-exceeded');
  });

  it('rejects one stray element', () => {
    expect(kinds(tensor(reference.map((value, i) => (i === 77 ? value + 3 : value))))).toContain('tolerance-exceeded');
  });

  it('rejects what errs everywhere by twice the mean', () => {
    const share = 2.2 * rule.meanRelativeL1;
    expect(kinds(tensor(reference.map((value, i) => value + share * noise[i])))).toContain('tolerance-exceeded');
  });

  it('looks at shapes first, then at non-finite values', () => {
    expect(kinds(tensor(reference.slice(WIDTH), [ROWS - 1, WIDTH]))).toEqual(['shape-mismatch']);
    expect(kinds(tensor(reference.map((value, i) => (i === 3 ? Number.NaN : 2 * value))))).toEqual(['non-finite']);
    expect(kinds(tensor(reference, [ROWS, 4, WIDTH / 4]))).toEqual([]);
  });
});
