import { type Affine, affine, type Launch, type Program, type Statement } from '@tilewright/spec';

/** How an elementwise kernel is cut: `tiles` cores side by side, each taking `steps` pieces of `tile` elements. */
export interface ElementwiseTiling {
  readonly tiles: number;
  readonly steps: number;
  /** A multiple of 16. */
  readonly tile: number;
}

/** c = a + b in bf16, straight between DDR and L1. */
export function addProgram(tiling: ElementwiseTiling): Program {
  const elements = tiling.tiles * tiling.steps * tiling.tile;
  return {
    specificationVersion: 'v1',
    name: 'add',
    hostPath: 'xclbin',
    arguments: [
      { name: 'a', format: 'bf16', elements, access: 'read' },
      { name: 'b', format: 'bf16', elements, access: 'read' },
      { name: 'c', format: 'bf16', elements, access: 'write' },
    ],
    launches: [addLaunch('add', tiling, ['a', 'b', 'c'])],
  };
}

/** c = a + 2·b in two launches that meet in `t`, which lies in DDR. */
export function twoAddsProgram(tiling: ElementwiseTiling): Program {
  const elements = tiling.tiles * tiling.steps * tiling.tile;
  return {
    specificationVersion: 'v1',
    name: 'two-adds',
    hostPath: 'elf',
    arguments: [
      { name: 'a', format: 'bf16', elements, access: 'read' },
      { name: 'b', format: 'bf16', elements, access: 'read' },
      { name: 't', format: 'bf16', elements, access: 'read-write' },
      { name: 'c', format: 'bf16', elements, access: 'write' },
    ],
    launches: [addLaunch('first', tiling, ['a', 'b', 't']), addLaunch('second', tiling, ['t', 'b', 'c'])],
  };
}

/** A launch that adds the first two program arguments into the third. */
function addLaunch(
  name: string,
  { tiles, steps, tile }: ElementwiseTiling,
  args: readonly [string, string, string],
): Launch {
  const piece = affine(0, { t: steps * tile, i: tile });
  const local = ['a', 'b', 'c'] as const;
  const operand = (buffer: string): { buffer: string; offset: Affine } => ({ buffer, offset: affine(0) });
  const move = (kind: 'put' | 'get', buffer: string): Statement => ({
    kind,
    channel: `${buffer}_l1`,
    at: [affine(0, { x: 1 })],
    buffer,
    access: { offset: affine(0), sizes: [tile], strides: [1] },
  });
  return {
    name,
    grid: [],
    batchTiling: null,
    pingPong: 'L1-and-L2',
    stackBytes: 1024,
    channels: local.map((buffer) => ({
      name: `${buffer}_l1`,
      kind: 'stream',
      format: 'bf16',
      shape: [tiles],
      broadcast: null,
    })),
    shim: local.map((buffer, index) => ({
      name: `${buffer}_l1`,
      parallel: [{ variable: 't', extent: tiles }],
      body: [
        {
          kind: 'for',
          variable: 'i',
          extent: steps,
          body: [
            {
              kind: buffer === 'c' ? 'get' : 'put',
              channel: `${buffer}_l1`,
              at: [affine(0, { t: 1 })],
              buffer: args[index] as string,
              access: { offset: piece, sizes: [tile], strides: [1] },
            },
          ],
        },
      ],
    })),
    memtile: [],
    herds: [
      {
        name: 'add',
        columns: tiles,
        rows: 1,
        at: null,
        buffers: local.map((buffer) => ({ name: buffer, format: 'bf16', elements: tile })),
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
  };
}
