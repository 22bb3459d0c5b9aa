import type { Launch, Statement } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { oddLoops } from './odd-loops.ts';
import { contiguous, get, loop, put } from './statements.ts';

const take = get('in', [0], 'a', contiguous(64));
const give = put('out', [0], 'c', contiguous(64));

function launch(body: readonly Statement[], pingPong: Launch['pingPong'] = 'L1-and-L2'): Launch {
  const stream = { kind: 'stream', format: 'bf16', shape: [1], broadcast: null } as const;
  return {
    name: 'launch',
    grid: [],
    batchTiling: null,
    pingPong,
    stackBytes: 1024,
    channels: ['in', 'out'].map((name) => ({ name, ...stream })),
    shim: [],
    memtile: [],
    herds: [
      {
        name: 'cores',
        columns: 1,
        rows: 1,
        at: null,
        buffers: ['a', 'c'].map((name) => ({ name, format: 'bf16', elements: 64 })),
        body,
      },
    ],
  };
}

describe('oddLoops', () => {
  it('finds a doubled loop of five, seven or fifteen trips, and no other', () => {
    const found = [1, 2, 3, 4, 5, 6, 7, 15].filter((n) => oddLoops(launch([loop('p', n, take, give)])).length > 0);
    expect(found).toEqual([5, 7, 15]);
    expect(oddLoops(launch([loop('p', 5, take, give)]))).toEqual([
      { herd: 'cores', variable: 'p', trips: 5, buffers: ['a', 'c'] },
    ]);
  });

  it('looks at what is doubled only: not without ping-pong in L1, and not at outer loops', () => {
    expect(oddLoops(launch([loop('p', 5, take, give)], 'L2'))).toEqual([]);
    expect(oddLoops(launch([loop('p', 5, take, give)], 'none'))).toEqual([]);
    expect(oddLoops(launch([loop('p', 5, loop('q', 4, take), give)]))).toEqual([]);
  });

  it('sees through loops of one trip', () => {
    expect(oddLoops(launch([loop('p', 9, loop('q', 1, take), give)]))).toMatchObject([{ variable: 'p', trips: 9 }]);
  });
});
