import { describe, expect, it } from 'vitest';
import { CompileError } from '../target/diagnostic.ts';
import { RuntimeFault } from '../target/runtime-fault.ts';
import { TilewrightError, throwIfAborted } from './tilewright-error.ts';

describe('TilewrightError', () => {
  it('recognises itself, its heirs and another copy of itself', () => {
    const other = Object.assign(new Error('x'), { [Symbol.for('tilewright.error')]: true });
    expect(TilewrightError.isInstance(new TilewrightError('usage', 'a', 'b'))).toBe(true);
    expect(TilewrightError.isInstance(new CompileError([]))).toBe(true);
    expect(
      TilewrightError.isInstance(new RuntimeFault('timeout', 'd', 'm', { actors: [], locks: [], channels: [] })),
    ).toBe(true);
    expect(TilewrightError.isInstance(other)).toBe(true);
    expect(TilewrightError.isInstance(new Error('x'))).toBe(false);
    expect(TilewrightError.isInstance(null)).toBe(false);
  });

  it('turns an aborted signal into the aborted error, and only that', () => {
    expect(() => throwIfAborted(undefined)).not.toThrow();
    expect(() => throwIfAborted(new AbortController().signal)).not.toThrow();
    expect(() => throwIfAborted(AbortSignal.abort('stop'))).toThrow(
      expect.objectContaining({ code: 'aborted', cause: 'stop' }),
    );
  });
});
