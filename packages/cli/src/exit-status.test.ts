import { TilewrightError } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { exitStatusOf } from './exit-status.ts';

describe('exitStatusOf', () => {
  it.each([
    ['usage', 2],
    ['file-truncated', 2],
    ['module-unknown', 2],
    ['compile-failed', 1],
    ['runtime-fault', 1],
    ['aborted', 130],
    ['internal', 70],
  ] as const)('maps %s to %i', (code, status) => {
    expect(exitStatusOf(new TilewrightError(code, 'what', 'do'))).toBe(status);
  });

  it('takes what is no error of ours for a bug of ours', () => {
    expect(exitStatusOf(new TypeError('x is undefined'))).toBe(70);
    expect(exitStatusOf('thrown text')).toBe(70);
  });

  it('takes a code of a newer version for a bug rather than for success', () => {
    expect(exitStatusOf(new TilewrightError('of-the-future' as 'usage', 'what', 'do'))).toBe(70);
  });
});
