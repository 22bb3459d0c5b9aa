import {
  type AccessPattern,
  type Affine,
  affine,
  type Channel,
  type Launch,
  type Program,
  type Statement,
} from '@tilewright/spec';

/** Programs for compiler tests: small enough to see in one go what they need. */

export const at = (variable: string, coefficient = 1, constant = 0): Affine => affine(constant, { [variable]: coefficient });

export const run = (elements: number, offset: Affine = affine(0)): AccessPattern => ({
  offset,
  sizes: [elements],
  strides: [1],
});

export const put = (channel: string, index: readonly Affine[], buffer: string, access: AccessPattern): Statement => ({
  kind: 'put',
  channel,
  at: index,
  buffer,
  access,
});

export const get = (channel: string, index: readonly Affine[], buffer: string, access: AccessPattern): Statement => ({
  kind: 'get',
  channel,
  at: index,
  buffer,
  access,
});

export const loop = (variable: string, extent: number, ...body: readonly Statement[]): Statement => ({
  kind: 'for',
  variable,
  extent,
  body,
});

export const copy = (from: string, to: string, n: number): Statement => ({
  kind: 'call',
  microkernel: 'copy-bf16',
  operands: { a: { buffer: from, offset: affine(0) }, c: { buffer: to, offset: affine(0) } },
  parameters: { n: affine(n) },
});

export const stream = (name: string, shape: readonly number[], broadcast: readonly number[] | null = null): Channel => ({
  name,
  kind: 'stream',
  format: 'bf16',
  shape,
  broadcast,
});

export function programOf(launch: Launch, elements: number = 2 ** 24): Program {
  return {
    specificationVersion: 'v1',
    name: 'relay',
    hostPath: 'xclbin',
    arguments: [
      { name: 'in', format: 'bf16', elements, access: 'read' },
      { name: 'out', format: 'bf16', elements, access: 'write' },
    ],
    launches: [launch],
  };
}

export interface Relay {
  readonly columns: number;
  readonly rows: number;
  /** Elements per step, and steps per core. */
  readonly tile: number;
  readonly steps: number;
  readonly pingPong: Launch['pingPong'];
}

/** Every core copies its share of `in` to `out`, straight between DDR and L1. */
export function relayLaunch(change: Partial<Relay> = {}): Launch {
  const { columns, rows, tile, steps, pingPong } = {
    columns: 2,
    rows: 1,
    tile: 64,
    steps: 4,
    pingPong: 'L1-and-L2' as const,
    ...change,
  };
  const here = [at('x'), at('y')];
  const place = affine(0, { x: rows * steps * tile, y: steps * tile, i: tile });
  const parallel = [
    { variable: 'x', extent: columns },
    { variable: 'y', extent: rows },
  ];
  return {
    name: 'relay',
    grid: [],
    batchTiling: null,
    pingPong,
    stackBytes: 1024,
    channels: [stream('in', [columns, rows]), stream('out', [columns, rows])],
    shim: [
      { name: 'feed', parallel, body: [loop('i', steps, put('in', here, 'in', run(tile, place)))] },
      { name: 'drain', parallel, body: [loop('i', steps, get('out', here, 'out', run(tile, place)))] },
    ],
    memtile: [],
    herds: [
      {
        name: 'cores',
        columns,
        rows,
        at: null,
        buffers: [
          { name: 'a', format: 'bf16', elements: tile },
          { name: 'c', format: 'bf16', elements: tile },
        ],
        body: [
          loop('i', steps, get('in', here, 'a', run(tile)), copy('a', 'c', tile), put('out', here, 'c', run(tile))),
        ],
      },
    ],
  };
}

/** `in` goes through L2 in panels of `pieces` tiles and back without L2; memtile buffers hold one panel. */
export function panelLaunch(change: Partial<Relay & { readonly pieces: number; readonly column: Affine | null }> = {}): Launch {
  const { tile, steps, pieces, column } = { tile: 64, steps: 4, pieces: 2, column: affine(0), ...change };
  const relay = relayLaunch({ tile, steps: steps * pieces, ...change, columns: 1, rows: 1 });
  const here = [affine(0), affine(0)];
  const herd = relay.herds[0] as Launch['herds'][number];
  const panel = pieces * tile;
  return {
    ...relay,
    channels: [...relay.channels, stream('panel', [1, 1])],
    shim: [
      {
        name: 'feed',
        parallel: [],
        body: [loop('i', steps, put('panel', here, 'in', run(panel, affine(0, { i: panel }))))],
      },
      {
        name: 'drain',
        parallel: [],
        body: [loop('i', steps * pieces, get('out', here, 'out', run(tile, affine(0, { i: tile }))))],
      },
    ],
    memtile: [
      {
        name: 'panels',
        parallel: [],
        column,
        buffers: [{ name: 'panel', format: 'bf16', elements: panel }],
        body: [
          loop(
            'i',
            steps,
            get('panel', here, 'panel', run(panel)),
            loop('j', pieces, put('in', here, 'panel', run(tile, affine(0, { j: tile })))),
          ),
        ],
      },
    ],
    herds: [
      {
        ...herd,
        body: [
          loop(
            'i',
            steps * pieces,
            get('in', here, 'a', run(tile)),
            copy('a', 'c', tile),
            put('out', here, 'c', run(tile)),
          ),
        ],
      },
    ],
  };
}
