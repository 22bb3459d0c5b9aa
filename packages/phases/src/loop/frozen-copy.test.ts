import { describe, expect, it } from 'vitest';
import { frozenCopy } from './frozen-copy.ts';

describe('frozenCopy', () => {
  it('cannot be changed, and is no part of what it is a copy of', () => {
    const report = { verdict: 'fail', comparisons: [{ tap: 'a' }], nothing: null };
    const copy = frozenCopy(report);
    expect(copy).toEqual(report);
    expect(() => Object.assign(copy, { verdict: 'pass' })).toThrow(TypeError);
    expect(() => copy.comparisons.pop()).toThrow(TypeError);
    expect(() => Object.assign(copy.comparisons[0] as object, { tap: 'b' })).toThrow(TypeError);
    report.comparisons.push({ tap: 'b' });
    expect(copy.comparisons).toEqual([{ tap: 'a' }]);
  });

  it('is made once', () => {
    const plan = { sections: {} };
    const copy = frozenCopy(plan);
    expect(frozenCopy(plan)).toBe(copy);
    expect(frozenCopy(copy)).toBe(copy);
    expect(frozenCopy(null)).toBeNull();
  });

  it('is of data', () => {
    expect(() => frozenCopy({ apply: () => 1 })).toThrow(/clone/);
  });
});
