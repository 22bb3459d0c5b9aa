import { affine, type Launch, type Program, type Statement } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { call, contiguous, loop, put, times } from './statements.ts';
import { programWork } from './work.ts';

/** A launch that need not be well-formed: work is counted, not judged. */
function program(herdBody: readonly Statement[], changes: Partial<Launch> = {}): Program {
  const launch: Launch = {
    name: 'work',
    grid: [
      { variable: 'i', extent: 3 },
      { variable: 'j', extent: 5 },
    ],
    batchTiling: null,
    pingPong: 'none',
    stackBytes: 1024,
    channels: [],
    shim: [],
    memtile: [],
    herds: [{ name: 'cores', columns: 2, rows: 4, at: null, buffers: [], body: herdBody }],
    ...changes,
  };
  return {
    specificationVersion: 'v1',
    name: 'work',
    hostPath: 'xclbin',
    arguments: [
      { name: 'wide', format: 'f32', elements: 64, access: 'read' },
      { name: 'narrow', format: 'bf16', elements: 64, access: 'read' },
    ],
    launches: [launch, launch],
  };
}

const matmul = (m: ReturnType<typeof affine>): Statement =>
  call('matmul-bfp16-f32', { a: 'a', b: 'b', c: 'c' }, { m, k: 8, n: 16 });

describe('programWork', () => {
  it('multiplies grid, cores, loops and launches', () => {
    const work = programWork(program([loop('p', 7, loop('q', 11, matmul(affine(16))))]));
    expect(work.calls).toEqual(new Map([['matmul-bfp16-f32', 2 * 15 * 8 * 77]]));
    expect(work.multiplyAccumulates).toBe(2 * 15 * 8 * 77 * 16 * 8 * 16);
  });

  it('counts calls whose size changes with a loop or an iteration, term by term', () => {
    // m runs 16, 32, 48, and 16 more for every i: sums over p of 96 and over i of 3·96 + 3·(0 + 16 + 32).
    const work = programWork(program([loop('p', 3, matmul(affine(16, { p: 16, i: 16 })))]));
    expect(work.multiplyAccumulates).toBe(2 * 8 * 5 * (3 * 96 + 3 * 48) * 8 * 16);
    expect(work.calls.get('matmul-bfp16-f32')).toBe(2 * 15 * 8 * 3);
  });

  it('takes a condition per core', () => {
    const top: Statement = { kind: 'if', value: times('y', 1), is: 'zero', body: [matmul(affine(16))] };
    const rest: Statement = { kind: 'if', value: times('y', 1), is: 'positive', body: [matmul(affine(32))] };
    expect(programWork(program([top])).calls.get('matmul-bfp16-f32')).toBe(2 * 15 * 2);
    expect(programWork(program([rest])).calls.get('matmul-bfp16-f32')).toBe(2 * 15 * 6);
  });

  it('counts bytes by the format of the argument', () => {
    const shim = [
      {
        name: 'feed',
        parallel: [{ variable: 'x', extent: 2 }],
        body: [
          loop('p', 4, put('c', [times('x', 1)], 'wide', contiguous(8))),
          put('c', [times('x', 1)], 'narrow', contiguous(8)),
        ],
      },
    ];
    expect(programWork(program([], { shim })).bytesRead).toBe(2 * 15 * 2 * (4 * 8 * 4 + 8 * 2));
  });

  it('refuses what it does not know', () => {
    expect(() => programWork(program([call('fft', {}, {})]))).toThrow(/no known microkernel/);
  });
});
