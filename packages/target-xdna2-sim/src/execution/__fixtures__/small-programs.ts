import { type Affine, affine, type Launch, type Program, type Statement } from '@tilewright/spec';

/** Programs written by hand, so that the executions are tested without the registry's builders. */

const whole = (elements: number, offset: Affine = affine(0)) => ({ offset, sizes: [elements], strides: [1] });

/** c = a + b on `tiles` cores, `steps` tiles of `tile` elements each, straight between DDR and L1. */
export function addProgram(tiles: number, steps: number, tile: number): Program {
  const elements = tiles * steps * tile;
  const offset = affine(0, { t: steps * tile, i: tile });
  const flow = (name: string, kind: 'put' | 'get', buffer: string) => ({
    name,
    parallel: [{ variable: 't', extent: tiles }],
    body: [
      {
        kind: 'for',
        variable: 'i',
        extent: steps,
        body: [{ kind, channel: name, at: [affine(0, { t: 1 })], buffer, access: whole(tile, offset) }],
      } satisfies Statement,
    ],
  });
  const channel = (name: string) =>
    ({ name, kind: 'stream', format: 'bf16', shape: [tiles], broadcast: null }) as const;
  const move = (kind: 'put' | 'get', name: string): Statement => ({
    kind,
    channel: `${name}_l1`,
    at: [affine(0, { x: 1 })],
    buffer: name,
    access: whole(tile),
  });
  const operand = (buffer: string) => ({ buffer, offset: affine(0) });
  return {
    specificationVersion: 'v1',
    name: 'add',
    hostPath: 'xclbin',
    arguments: [
      { name: 'a', format: 'bf16', elements, access: 'read' },
      { name: 'b', format: 'bf16', elements, access: 'read' },
      { name: 'c', format: 'bf16', elements, access: 'write' },
    ],
    launches: [
      {
        name: 'add',
        grid: [],
        batchTiling: null,
        pingPong: 'L1-and-L2',
        stackBytes: 1024,
        channels: [channel('a_l1'), channel('b_l1'), channel('c_l1')],
        shim: [flow('a_l1', 'put', 'a'), flow('b_l1', 'put', 'b'), flow('c_l1', 'get', 'c')],
        memtile: [],
        herds: [
          {
            name: 'add',
            columns: tiles,
            rows: 1,
            at: null,
            buffers: ['a', 'b', 'c'].map((name) => ({ name, format: 'bf16' as const, elements: tile })),
            body: [
              {
                kind: 'for',
                variable: 'i',
                extent: steps,
                body: [
                  move('get', 'a'),
                  move('get', 'b'),
                  {
                    kind: 'call',
                    microkernel: 'add-bf16',
                    operands: { a: operand('a'), b: operand('b'), c: operand('c') },
                    parameters: { n: affine(tile) },
                  },
                  move('put', 'c'),
                ],
              },
            ],
          },
        ],
      },
    ],
  };
}

export interface GemmTiles {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly columns: number;
  readonly rows: number;
  readonly tileM: number;
  readonly tileN: number;
  readonly k2: number;
  readonly k1: number;
}

/** c[m, n] = a[m, k]·b[k, n] through L2, A broadcast along rows and B along columns; C in f32. */
export function gemmProgram(t: GemmTiles): Program {
  const { m, k, n, columns, rows, tileM, tileN, k2, k1 } = t;
  const blockM = columns * tileM;
  const blockN = rows * tileN;
  const one = (variable: string) => [affine(0, { [variable]: 1 })];
  const launch: Launch = {
    name: 'gemm',
    grid: [
      { variable: 'gm', extent: m / blockM },
      { variable: 'gn', extent: n / blockN },
    ],
    batchTiling: [2, 2],
    pingPong: 'L1-and-L2',
    stackBytes: 2048,
    channels: [
      { name: 'a_l2', kind: 'stream', format: 'bf16', shape: [columns], broadcast: null },
      { name: 'b_l2', kind: 'stream', format: 'bf16', shape: [rows], broadcast: null },
      { name: 'a_l1', kind: 'stream', format: 'bf16', shape: [columns, 1], broadcast: [columns, rows] },
      { name: 'b_l1', kind: 'stream', format: 'bf16', shape: [1, rows], broadcast: [columns, rows] },
      { name: 'c_l2', kind: 'stream', format: 'f32', shape: [columns, rows], broadcast: null },
      { name: 'c_l3', kind: 'stream', format: 'f32', shape: [columns], broadcast: null },
    ],
    shim: [
      {
        name: 'a',
        parallel: [{ variable: 'c', extent: columns }],
        body: [
          {
            kind: 'put',
            channel: 'a_l2',
            at: one('c'),
            buffer: 'a',
            access: {
              offset: affine(0, { gm: blockM * k, c: tileM * k }),
              sizes: [k / k2, tileM, k2],
              strides: [k2, k, 1],
            },
          },
        ],
      },
      {
        name: 'b',
        parallel: [{ variable: 'r', extent: rows }],
        body: [
          {
            kind: 'put',
            channel: 'b_l2',
            at: one('r'),
            buffer: 'b',
            access: { offset: affine(0, { gn: blockN, r: tileN }), sizes: [k, tileN], strides: [n, 1] },
          },
        ],
      },
      {
        name: 'c',
        parallel: [{ variable: 'c', extent: columns }],
        body: [
          {
            kind: 'get',
            channel: 'c_l3',
            at: one('c'),
            buffer: 'c',
            access: {
              offset: affine(0, { gm: blockM * n, gn: blockN, c: tileM * n }),
              sizes: [rows, tileM, tileN],
              strides: [tileN, n, 1],
            },
          },
        ],
      },
    ],
    memtile: [
      relay('a', columns, k / k2, tileM * k2, k2 / k1, ['p', null], {
        offset: affine(0, { j: k1 }),
        sizes: [k1 / 8, tileM / 8, 8, 8],
        strides: [8, 8 * k2, k2, 1],
      }),
      relay('b', rows, k / k2, k2 * tileN, k2 / k1, [null, 'p'], {
        offset: affine(0, { j: k1 * tileN }),
        sizes: [tileN / 8, k1 / 8, 8, 8],
        strides: [8, 8 * tileN, tileN, 1],
      }),
      {
        name: 'c_panel',
        parallel: [{ variable: 'p', extent: columns }],
        column: affine(0, { p: 1 }),
        buffers: [{ name: 'c', format: 'f32', elements: rows * tileM * tileN }],
        body: [
          ...Array.from(
            { length: rows },
            (_, row): Statement => ({
              kind: 'get',
              channel: 'c_l2',
              at: [affine(0, { p: 1 }), affine(row)],
              buffer: 'c',
              access: whole(tileM * tileN, affine(row * tileM * tileN)),
            }),
          ),
          { kind: 'put', channel: 'c_l3', at: one('p'), buffer: 'c', access: whole(rows * tileM * tileN) },
        ],
      },
    ],
    herds: [
      {
        name: 'gemm',
        columns,
        rows,
        at: null,
        buffers: [
          { name: 'a', format: 'bf16', elements: tileM * k1 },
          { name: 'b', format: 'bf16', elements: k1 * tileN },
          { name: 'c', format: 'f32', elements: tileM * tileN, accumulator: true },
        ],
        body: [
          {
            kind: 'call',
            microkernel: 'zero-f32',
            operands: { c: { buffer: 'c', offset: affine(0) } },
            parameters: { n: affine(tileM * tileN) },
          },
          {
            kind: 'for',
            variable: 'i',
            extent: k / k1,
            body: [
              { kind: 'get', channel: 'a_l1', at: [...one('x'), ...one('y')], buffer: 'a', access: whole(tileM * k1) },
              { kind: 'get', channel: 'b_l1', at: [...one('x'), ...one('y')], buffer: 'b', access: whole(k1 * tileN) },
              {
                kind: 'call',
                microkernel: 'matmul-bfp16-f32',
                operands: {
                  a: { buffer: 'a', offset: affine(0) },
                  b: { buffer: 'b', offset: affine(0) },
                  c: { buffer: 'c', offset: affine(0) },
                },
                parameters: { m: affine(tileM), k: affine(k1), n: affine(tileN) },
              },
            ],
          },
          {
            kind: 'put',
            channel: 'c_l2',
            at: [...one('x'), ...one('y')],
            buffer: 'c',
            // C is kept in blocks [n/8, m/8, 8, 8] and leaves in rows.
            access: {
              offset: affine(0),
              sizes: [tileM / 8, 8, tileN / 8, 8],
              strides: [64, 8, 8 * tileM, 1],
            },
          },
        ],
      },
    ],
  };
  return {
    specificationVersion: 'v1',
    name: 'gemm',
    hostPath: 'xclbin',
    arguments: [
      { name: 'a', format: 'bf16', elements: m * k, access: 'read' },
      { name: 'b', format: 'bf16', elements: k * n, access: 'read' },
      { name: 'c', format: 'f32', elements: m * n, access: 'write' },
    ],
    launches: [launch],
  };
}

function relay(
  name: string,
  instances: number,
  steps: number,
  elements: number,
  pieces: number,
  at: readonly ('p' | null)[],
  access: { offset: Affine; sizes: number[]; strides: number[] },
): Launch['memtile'][number] {
  return {
    name: `${name}_panel`,
    parallel: [{ variable: 'p', extent: instances }],
    column: affine(0, { p: 1 }),
    buffers: [{ name, format: 'bf16', elements }],
    body: [
      {
        kind: 'for',
        variable: 'i',
        extent: steps,
        body: [
          { kind: 'get', channel: `${name}_l2`, at: [affine(0, { p: 1 })], buffer: name, access: whole(elements) },
          {
            kind: 'for',
            variable: 'j',
            extent: pieces,
            body: [
              {
                kind: 'put',
                channel: `${name}_l1`,
                at: at.map((variable) => (variable === null ? affine(0) : affine(0, { [variable]: 1 }))),
                buffer: name,
                access,
              },
            ],
          },
        ],
      },
    ],
  };
}

/**
 * Two cores, each of which sends `tiles` tiles to the other before it takes any: whether that gets
 * anywhere depends on how many tiles the buffers between them hold.
 */
export function exchangeProgram(tiles: number): Program {
  const tile = 64;
  const elements = 2 * tiles * tile;
  const offset = affine(0, { t: tiles * tile, i: tile });
  const channel = (name: string) => ({ name, kind: 'stream', format: 'bf16', shape: [2], broadcast: null }) as const;
  const shim = (name: string, kind: 'put' | 'get') => ({
    name: `${name}_shim`,
    parallel: [{ variable: 't', extent: 2 }],
    body: [
      {
        kind: 'for',
        variable: 'i',
        extent: tiles,
        body: [{ kind, channel: name, at: [affine(0, { t: 1 })], buffer: name, access: whole(tile, offset) }],
      } satisfies Statement,
    ],
  });
  const move = (kind: 'put' | 'get', name: string, at: Affine, buffer: string): Statement => ({
    kind,
    channel: name,
    at: [at],
    buffer,
    access: whole(tile),
  });
  const doubled = (from: string, to: string): Statement => ({
    kind: 'call',
    microkernel: 'add-bf16',
    operands: {
      a: { buffer: from, offset: affine(0) },
      b: { buffer: from, offset: affine(0) },
      c: { buffer: to, offset: affine(0) },
    },
    parameters: { n: affine(tile) },
  });
  const here = affine(0, { x: 1 });
  const other = affine(1, { x: -1 });
  return {
    specificationVersion: 'v1',
    name: 'exchange',
    hostPath: 'xclbin',
    arguments: [
      { name: 'in', format: 'bf16', elements, access: 'read' },
      { name: 'out', format: 'bf16', elements, access: 'write' },
    ],
    launches: [
      {
        name: 'exchange',
        grid: [],
        batchTiling: null,
        pingPong: 'L1-and-L2',
        stackBytes: 1024,
        channels: [channel('in'), channel('across'), channel('out')],
        shim: [shim('in', 'put'), shim('out', 'get')],
        memtile: [],
        herds: [
          {
            name: 'exchange',
            columns: 2,
            rows: 1,
            at: null,
            buffers: ['first', 'sent', 'received', 'last'].map((name) => ({
              name,
              format: 'bf16' as const,
              elements: tile,
            })),
            body: [
              {
                kind: 'for',
                variable: 'i',
                extent: tiles,
                body: [
                  move('get', 'in', here, 'first'),
                  doubled('first', 'sent'),
                  move('put', 'across', other, 'sent'),
                ],
              },
              {
                kind: 'for',
                variable: 'i',
                extent: tiles,
                body: [
                  move('get', 'across', here, 'received'),
                  doubled('received', 'last'),
                  move('put', 'out', here, 'last'),
                ],
              },
            ],
          },
        ],
      },
    ],
  };
}

/** Moves f32 tiles through an accumulator whose first 16 elements are cleared on the way. */
export function accumulatorProgram(tiles: number): Program {
  const tile = 64;
  const channel = (name: string) => ({ name, kind: 'stream', format: 'f32', shape: [1], broadcast: null }) as const;
  const move = (kind: 'put' | 'get', name: string, buffer: string, offset: Affine): Statement => ({
    kind,
    channel: name,
    at: [affine(0)],
    buffer,
    access: whole(tile, offset),
  });
  const loop = (...body: Statement[]): Statement[] => [{ kind: 'for', variable: 'i', extent: tiles, body }];
  const each = affine(0, { i: tile });
  return {
    specificationVersion: 'v1',
    name: 'accumulator',
    hostPath: 'xclbin',
    arguments: [
      { name: 'in', format: 'f32', elements: tiles * tile, access: 'read' },
      { name: 'out', format: 'f32', elements: tiles * tile, access: 'write' },
    ],
    launches: [
      {
        name: 'accumulator',
        grid: [],
        batchTiling: null,
        pingPong: 'L1-and-L2',
        stackBytes: 1024,
        channels: [channel('in'), channel('out')],
        shim: [
          { name: 'feed', parallel: [], body: loop(move('put', 'in', 'in', each)) },
          { name: 'drain', parallel: [], body: loop(move('get', 'out', 'out', each)) },
        ],
        memtile: [],
        herds: [
          {
            name: 'core',
            columns: 1,
            rows: 1,
            at: null,
            buffers: [{ name: 'sum', format: 'f32', elements: tile, accumulator: true }],
            body: loop(
              move('get', 'in', 'sum', affine(0)),
              {
                kind: 'call',
                microkernel: 'zero-f32',
                operands: { c: { buffer: 'sum', offset: affine(0) } },
                parameters: { n: affine(16) },
              },
              move('put', 'out', 'sum', affine(0)),
            ),
          },
        ],
      },
    ],
  };
}

/** c = a + b of 64 elements on one core, which adds them `turns` times over before it sends the sum. */
export function spinningProgram(turns: number): Program {
  const again = (body: readonly Statement[]): Statement[] =>
    body.map((one) => {
      if (one.kind === 'for') return { ...one, body: again(one.body) };
      return one.kind === 'call' ? { kind: 'for', variable: 'spin', extent: turns, body: [one] } : one;
    });
  const program = addProgram(1, 1, 64);
  const launches = program.launches.map((launch) => ({
    ...launch,
    herds: launch.herds.map((herd) => ({ ...herd, body: again(herd.body) })),
  }));
  return { ...program, launches };
}
