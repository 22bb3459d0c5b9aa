import type { Launch } from '@tilewright/spec';
import { call, contiguous, get, loop, put, sum, times } from '../program/statements.ts';
import { GEMV_STACK_BYTES, type GemvTiling } from './gemv-tiling.ts';
import { outputPanel } from './output-panel.ts';

/** Names of the program arguments that one launch works on. */
export interface GemvArguments {
  readonly a: string;
  readonly x: string;
  readonly c: string;
}

/**
 * One GEMV launch: dataflows.md, 3.1. Rows of A go through L2 in panels; the vector goes to every
 * core directly and is sent again for every call.
 */
export function gemvLaunch(name: string, t: GemvTiling, names: GemvArguments): Launch {
  const { k, tileM, mInput, herdColumns } = t;
  const calls = tileM / mInput;
  const firstRow = sum(times('i', herdColumns * tileM), times('x', tileM));
  const firstElement = sum(times('i', herdColumns * tileM * k), times('x', tileM * k));
  const columns = [{ variable: 'x', extent: herdColumns }];
  const here = [times('x', 1)];
  return {
    name,
    grid: [{ variable: 'i', extent: t.m / (tileM * herdColumns) }],
    batchTiling: [t.batch],
    pingPong: t.pingPong,
    stackBytes: GEMV_STACK_BYTES,
    channels: [
      { name: 'a-l3-l2', kind: 'stream', format: 'bf16', shape: [herdColumns], broadcast: null },
      { name: 'a-l2-l1', kind: 'stream', format: 'bf16', shape: [herdColumns], broadcast: null },
      { name: 'x-l3-l1', kind: 'stream', format: 'bf16', shape: [1], broadcast: [herdColumns] },
      { name: 'c-l1-l2', kind: 'stream', format: 'bf16', shape: [herdColumns], broadcast: null },
      { name: 'c-l2-l3', kind: 'stream', format: 'bf16', shape: [herdColumns], broadcast: null },
    ],
    shim: [
      { name: 'a-in', parallel: columns, body: [put('a-l3-l2', here, names.a, contiguous(tileM * k, firstElement))] },
      { name: 'x-in', parallel: [], body: [loop('p', calls, put('x-l3-l1', [0], names.x, contiguous(k)))] },
      { name: 'c-out', parallel: columns, body: [get('c-l2-l3', here, names.c, contiguous(tileM, firstRow))] },
    ],
    memtile: [
      {
        name: 'a-panel',
        parallel: columns,
        column: times('x', 1),
        buffers: [{ name: 'a-l2', format: 'bf16', elements: tileM * k }],
        body: [
          get('a-l3-l2', here, 'a-l2', contiguous(tileM * k)),
          loop('p', calls, put('a-l2-l1', here, 'a-l2', contiguous(mInput * k, times('p', mInput * k)))),
        ],
      },
      outputPanel('c', herdColumns, tileM),
    ],
    herds: [
      {
        name: 'cores',
        columns: herdColumns,
        rows: 1,
        at: null,
        buffers: [
          { name: 'a-l1', format: 'bf16', elements: mInput * k },
          { name: 'x-l1', format: 'bf16', elements: k },
          { name: 'c-l1', format: 'bf16', elements: tileM },
        ],
        body: [
          call('zero-bf16', { c: 'c-l1' }, { n: tileM }),
          loop(
            'p',
            calls,
            get('x-l3-l1', here, 'x-l1', contiguous(k)),
            get('a-l2-l1', here, 'a-l1', contiguous(mInput * k)),
            call(
              'gemv-bf16',
              { a: 'a-l1', x: 'x-l1', c: { buffer: 'c-l1', offset: times('p', mInput) } },
              { rows: mInput, k },
            ),
          ),
          put('c-l1-l2', here, 'c-l1', contiguous(tileM)),
        ],
      },
    ],
  };
}
