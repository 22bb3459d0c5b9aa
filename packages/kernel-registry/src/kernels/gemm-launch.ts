import { affine, type Buffer, type Launch, type Statement } from '@tilewright/spec';
import { call, contiguous, get, loop, put, strided, sum, times } from '../program/statements.ts';
import { accumulatorFormat, drainedFormat, GEMM_STACK_BYTES, type GemmTiling } from './gemm-tiling.ts';

const ACCUMULATOR = 'c-accumulator';

/** The multiplying launch of a GEMM into argument `target`: dataflows.md, 2.1. */
export function gemmLaunch(t: GemmTiling, target = 'c'): Launch {
  const drained = drainedFormat(t);
  const { k, n, tileM, tileN, tileKL1, tileKL2, herdColumns, herdRows } = t;
  const steps = k / tileKL2;
  const row = sum(times('i', herdColumns * tileM), times('x', tileM));
  const column = times('j', herdRows * tileN);
  const scaled = (expression: typeof row, factor: number): typeof row =>
    affine(
      expression.constant * factor,
      Object.fromEntries(Object.entries(expression.coefficients).map(([name, value]) => [name, value * factor])),
    );
  const tile = tileM * tileN;
  const columns = [{ variable: 'x', extent: herdColumns }];
  const rows = [{ variable: 'y', extent: herdRows }];
  return {
    name: 'gemm',
    grid: [
      { variable: 'i', extent: t.m / (tileM * herdColumns) },
      { variable: 'j', extent: n / (tileN * herdRows) },
    ],
    batchTiling: [2, 2],
    pingPong: 'L1-and-L2',
    stackBytes: GEMM_STACK_BYTES,
    channels: [
      { name: 'a-l3-l2', kind: 'stream', format: 'bf16', shape: [herdColumns], broadcast: null },
      { name: 'b-l3-l2', kind: 'stream', format: 'bf16', shape: [herdRows], broadcast: null },
      { name: 'a-l2-l1', kind: 'stream', format: 'bf16', shape: [herdColumns, 1], broadcast: [herdColumns, herdRows] },
      { name: 'b-l2-l1', kind: 'stream', format: 'bf16', shape: [1, herdRows], broadcast: [herdColumns, herdRows] },
      { name: 'c-l1-l2', kind: 'stream', format: drained, shape: [herdColumns, herdRows], broadcast: null },
      { name: 'c-l2-l3', kind: 'stream', format: drained, shape: [herdColumns], broadcast: null },
    ],
    shim: [
      {
        name: 'a-in',
        parallel: columns,
        body: [
          loop(
            'p',
            steps,
            put(
              'a-l3-l2',
              [times('x', 1)],
              'a',
              strided([tileM, tileKL2], [k, 1], sum(scaled(row, k), times('p', tileKL2))),
            ),
          ),
        ],
      },
      {
        name: 'b-in',
        parallel: rows,
        body: [
          loop(
            'p',
            steps,
            put(
              'b-l3-l2',
              [times('y', 1)],
              'b',
              strided([tileKL2, tileN], [n, 1], sum(times('p', tileKL2 * n), column, times('y', tileN))),
            ),
          ),
        ],
      },
      {
        name: 'c-out',
        parallel: columns,
        body: [
          get(
            'c-l2-l3',
            [times('x', 1)],
            target,
            strided([tileM, herdRows * tileN], [n, 1], sum(scaled(row, n), column)),
          ),
        ],
      },
    ],
    memtile: [
      {
        name: 'a-panel',
        parallel: columns,
        column: times('x', 1),
        buffers: [{ name: 'a-l2', format: 'bf16', elements: tileM * tileKL2 }],
        body: [
          loop(
            'p',
            steps,
            get('a-l3-l2', [times('x', 1)], 'a-l2', contiguous(tileM * tileKL2)),
            loop(
              'q',
              tileKL2 / tileKL1,
              put(
                'a-l2-l1',
                [times('x', 1), 0],
                'a-l2',
                strided([tileKL1 / 8, tileM / 8, 8, 8], [8, 8 * tileKL2, tileKL2, 1], times('q', tileKL1)),
              ),
            ),
          ),
        ],
      },
      {
        name: 'b-panel',
        parallel: rows,
        column: null,
        buffers: [{ name: 'b-l2', format: 'bf16', elements: tileKL2 * tileN }],
        body: [
          loop(
            'p',
            steps,
            get('b-l3-l2', [times('y', 1)], 'b-l2', contiguous(tileKL2 * tileN)),
            loop(
              'q',
              tileKL2 / tileKL1,
              put(
                'b-l2-l1',
                [0, times('y', 1)],
                'b-l2',
                strided([tileN / 8, tileKL1 / 8, 8, 8], [8, 8 * tileN, tileN, 1], times('q', tileKL1 * tileN)),
              ),
            ),
          ),
        ],
      },
      {
        name: 'c-panel',
        parallel: columns,
        column: times('x', 1),
        buffers: [{ name: 'c-l2', format: drained, elements: herdRows * tile }],
        // Each core's tile lies by itself; the put joins the tiles of a column to whole rows.
        body: [
          ...Array.from({ length: herdRows }, (_, y) => gatherTile(t, y)).flat(),
          put('c-l2-l3', [times('x', 1)], 'c-l2', strided([tileM, herdRows, tileN], [tileN, tile, 1])),
        ],
      },
    ],
    herds: [
      {
        name: 'cores',
        columns: herdColumns,
        rows: herdRows,
        at: null,
        buffers: coreBuffers(t),
        body: coreBody(t),
      },
    ],
  };
}

/** The tile of the core in row `y`, in as many pieces as it drains. */
function gatherTile(t: GemmTiling, y: number): Statement[] {
  const width = t.tileN / t.drainChunks;
  return Array.from({ length: t.drainChunks }, (_, chunk) =>
    get(
      'c-l1-l2',
      [times('x', 1), y],
      'c-l2',
      strided([t.tileM, width], [t.tileN, 1], y * t.tileM * t.tileN + chunk * width),
    ),
  );
}

function coreBuffers(t: GemmTiling): Buffer[] {
  const elements = t.tileM * t.tileN;
  const format = accumulatorFormat(t);
  return [
    { name: 'a-l1', format: 'bf16', elements: t.tileM * t.tileKL1 },
    { name: 'b-l1', format: 'bf16', elements: t.tileKL1 * t.tileN },
    format === 'f32' ? { name: ACCUMULATOR, format, elements, accumulator: true } : { name: 'c-l1', format, elements },
    ...(t.method === 'drain' ? [{ name: 'c-l1', format: 'bf16' as const, elements: elements / t.drainChunks }] : []),
  ];
}

function coreBody(t: GemmTiling): Statement[] {
  const { tileM, tileN, tileKL1, tileKL2 } = t;
  const tile = tileM * tileN;
  const wide = accumulatorFormat(t) === 'f32';
  const target = wide ? ACCUMULATOR : 'c-l1';
  const multiply = loop(
    'p',
    t.k / tileKL2,
    loop(
      'q',
      tileKL2 / tileKL1,
      get('a-l2-l1', [times('x', 1), times('y', 1)], 'a-l1', contiguous(tileM * tileKL1)),
      get('b-l2-l1', [times('x', 1), times('y', 1)], 'b-l1', contiguous(tileKL1 * tileN)),
      call(multiplyOf(t), { a: 'a-l1', b: 'b-l1', c: target }, { m: tileM, k: tileKL1, n: tileN }),
    ),
  );
  const zero = call(wide ? 'zero-f32' : 'zero-bf16', { c: target }, { n: tile });
  const width = tileN / t.drainChunks;
  // Blocks [n/8, m/8, 8, 8] to rows; see the order of blocks at the microkernel.
  const drainOf = (buffer: string): Statement =>
    put('c-l1-l2', [times('x', 1), times('y', 1)], buffer, strided([tileM, width / 8, 8], [8, 8 * tileM, 1]));
  if (t.method !== 'drain') return [zero, multiply, drainOf(target)];
  const piece = tile / t.drainChunks;
  const cast = (offset: ReturnType<typeof times>): Statement[] => [
    call('cast-f32-bf16', { a: { buffer: ACCUMULATOR, offset }, c: 'c-l1' }, { n: piece }),
    drainOf('c-l1'),
  ];
  const end = t.drainChunks === 1 ? cast(affine(0)) : [loop('d', t.drainChunks, ...cast(times('d', piece)))];
  return [zero, multiply, ...end];
}

/** `direct` is the compiler's own code; the others call the library kernel. */
function multiplyOf(t: GemmTiling): string {
  if (t.method !== 'direct') return 'matmul-bfp16-f32';
  return t.output === 'bf16' ? 'matmul-bfp16-bf16' : 'matmul-bfp16-f32-generated';
}
