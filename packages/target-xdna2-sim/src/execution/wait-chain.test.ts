import { describe, expect, it } from 'vitest';
import { chainText, waitChain } from './wait-chain.ts';

const waits = (edges: Readonly<Record<string, readonly string[]>>) => waitChain(new Map(Object.entries(edges)));

describe('waitChain', () => {
  it('is nothing where nobody waits', () => {
    expect(waits({})).toBeNull();
  });

  it('goes to him whom nobody lets go on', () => {
    expect(waits({ shim: ['dma'], dma: ['core'], core: ['other'], other: [] })).toEqual({
      actors: ['shim', 'dma', 'core', 'other'],
      circle: false,
    });
  });

  it('may be one alone', () => {
    const chain = waits({ core: [] });
    expect(chain).toEqual({ actors: ['core'], circle: false });
    expect(chain && chainText(chain)).toBe('core waits for nobody who could move');
  });

  it('ends at one who is done', () => {
    const chain = waits({ core: ['shim'] });
    expect(chain).toEqual({ actors: ['core', 'shim'], circle: false });
    expect(chain && chainText(chain)).toBe('core waits for shim');
  });

  it('is the circle alone, wherever one starts and whatever else waits behind it', () => {
    const chain = waits({ behind: ['a'], a: ['x', 'b'], b: ['c'], c: ['a'], x: [] });
    expect(chain).toEqual({ actors: ['a', 'b', 'c'], circle: true });
    expect(chain && chainText(chain)).toBe('a waits for b, which waits for c, which waits for a again');
  });
});
