import { affine, type Channel, type Launch, type Statement } from '@tilewright/spec';
import { call, contiguous, get, loop, put, strided, sum, times } from '../program/statements.ts';
import { GEMV_CASCADE_STACK_BYTES, type GemvCascadeTiling, partialElements } from './gemv-cascade-tiling.ts';
import { outputPanel } from './output-panel.ts';

/**
 * One cascade GEMV: dataflows.md, 3.2. K is split over the rows of cores; the northern row starts, every
 * row adds its f32 partial sums and passes them south, and row 0 rounds and writes. With a residual,
 * the sums of the northern row start from it; it comes down the same channels as A.
 */
export function gemvCascadeLaunch(name: string, t: GemvCascadeTiling, residual: boolean): Launch {
  const { k, tileM, herdColumns, cascadeStages } = t;
  const firstRow = sum(times('i', herdColumns * tileM), times('x', tileM));
  const firstElement = sum(times('i', herdColumns * tileM * k), times('x', tileM * k));
  const columns = [{ variable: 'x', extent: herdColumns }];
  const here = [times('x', 1)];
  const slice = k / cascadeStages;
  const calls = tileM / t.mInput;
  const stages = Array.from({ length: cascadeStages }, (_, index) => cascadeStages - 1 - index);
  const stream = { kind: 'stream', format: 'bf16', broadcast: null } as const;
  const channels: Channel[] = [
    { ...stream, name: 'a-l3-l2', shape: [herdColumns] },
    { ...stream, name: 'a-l2-l1', shape: [herdColumns, cascadeStages] },
    { ...stream, name: 'x-l3-l1', shape: [1, cascadeStages], broadcast: [herdColumns, cascadeStages] },
    // From the row above: index y is taken by row y.
    { name: 'partial', kind: 'cascade', format: 'f32', shape: [herdColumns, cascadeStages - 1], broadcast: null },
    { ...stream, name: 'c-l1-l2', shape: [herdColumns] },
    { ...stream, name: 'c-l2-l3', shape: [herdColumns] },
  ];
  const toStage = (stage: number): Statement =>
    put(
      'a-l2-l1',
      [times('x', 1), stage],
      'a-l2',
      strided([t.mInput, slice], [k, 1], sum(times('p', t.mInput * k), stage * slice)),
    );
  return {
    name,
    grid: [{ variable: 'i', extent: t.m / (tileM * herdColumns) }],
    batchTiling: [t.batch],
    pingPong: t.pingPong,
    stackBytes: GEMV_CASCADE_STACK_BYTES,
    channels,
    shim: [
      {
        name: 'a-in',
        parallel: columns,
        body: [
          ...(residual ? [put('a-l3-l2', here, 'residual', contiguous(tileM, firstRow))] : []),
          put('a-l3-l2', here, 'a', contiguous(tileM * k, firstElement)),
        ],
      },
      {
        name: 'x-in',
        parallel: [{ variable: 'stage', extent: cascadeStages }],
        body: [loop('p', calls, put('x-l3-l1', [0, times('stage', 1)], 'x', contiguous(slice, times('stage', slice))))],
      },
      { name: 'c-out', parallel: columns, body: [get('c-l2-l3', here, 'c', contiguous(tileM, firstRow))] },
    ],
    memtile: [
      {
        name: 'a-panel',
        parallel: columns,
        column: times('x', 1),
        buffers: [
          { name: 'a-l2', format: 'bf16', elements: tileM * k },
          ...(residual ? [{ name: 'residual-l2', format: 'bf16' as const, elements: tileM }] : []),
        ],
        body: [
          ...(residual
            ? [
                get('a-l3-l2', here, 'residual-l2', contiguous(tileM)),
                put('a-l2-l1', [times('x', 1), cascadeStages - 1], 'residual-l2', contiguous(tileM)),
              ]
            : []),
          get('a-l3-l2', here, 'a-l2', contiguous(tileM * k)),
          loop('p', calls, ...stages.map(toStage)),
        ],
      },
      outputPanel('c', herdColumns, tileM),
    ],
    herds: [
      {
        name: 'cores',
        columns: herdColumns,
        rows: cascadeStages,
        at: null,
        buffers: [
          { name: 'a-l1', format: 'bf16', elements: t.mInput * slice },
          { name: 'x-l1', format: 'bf16', elements: slice },
          { name: 'sums', format: 'f32', elements: partialElements(t.mInput) },
          { name: 'north', format: 'f32', elements: partialElements(t.mInput) },
          { name: 'c-l1', format: 'bf16', elements: tileM },
          ...(residual ? [{ name: 'residual-l1', format: 'bf16' as const, elements: tileM }] : []),
        ],
        body: [lastRow(t, slice, calls), ...upperRows(t, slice, calls, residual)],
      },
    ],
  };
}

/** Row 0: takes what came from the north, rounds and writes. */
function lastRow(t: GemvCascadeTiling, slice: number, calls: number): Statement {
  const store = call(
    'store-rows-bf16',
    { a: 'sums', c: { buffer: 'c-l1', offset: times('p', t.mInput) } },
    { rows: t.mInput },
  );
  return {
    kind: 'if',
    value: times('y', 1),
    is: 'zero',
    body: [
      loop('p', calls, ...partialProduct(t, slice, null), ...fromNorth(t), store),
      put('c-l1-l2', [times('x', 1)], 'c-l1', contiguous(t.tileM)),
    ],
  };
}

function upperRows(t: GemvCascadeTiling, slice: number, calls: number, residual: boolean): Statement[] {
  const south = put('partial', [times('x', 1), affine(-1, { y: 1 })], 'sums', contiguous(partialElements(t.mInput)));
  const distance = affine(t.cascadeStages - 1, { y: -1 });
  const takeResidual = get('a-l2-l1', [times('x', 1), times('y', 1)], 'residual-l1', contiguous(t.tileM));
  const head: Statement = {
    kind: 'if',
    value: distance,
    is: 'zero',
    body: [
      ...(residual ? [takeResidual] : []),
      loop('p', calls, ...partialProduct(t, slice, residual ? 'residual-l1' : null), south),
    ],
  };
  const between: Statement = {
    kind: 'if',
    value: times('y', 1),
    is: 'positive',
    body: [
      {
        kind: 'if',
        value: distance,
        is: 'positive',
        body: [loop('p', calls, ...partialProduct(t, slice, null), ...fromNorth(t), south)],
      },
    ],
  };
  return t.cascadeStages > 2 ? [head, between] : [head];
}

function partialProduct(t: GemvCascadeTiling, slice: number, start: string | null): Statement[] {
  const here = [times('x', 1), times('y', 1)];
  const sums = partialElements(t.mInput);
  return [
    get('x-l3-l1', here, 'x-l1', contiguous(slice)),
    get('a-l2-l1', here, 'a-l1', contiguous(t.mInput * slice)),
    call('zero-f32', { c: 'sums' }, { n: sums }),
    ...(start === null
      ? []
      : [call('widen-bf16-f32', { a: { buffer: start, offset: times('p', t.mInput) }, c: 'sums' }, { n: t.mInput })]),
    call('gemv-partial-f32', { a: 'a-l1', x: 'x-l1', c: 'sums' }, { rows: t.mInput, k: slice }),
  ];
}

function fromNorth(t: GemvCascadeTiling): Statement[] {
  const sums = partialElements(t.mInput);
  return [
    get('partial', [times('x', 1), times('y', 1)], 'north', contiguous(sums)),
    call('add-f32', { a: 'north', c: 'sums' }, { n: sums }),
  ];
}
