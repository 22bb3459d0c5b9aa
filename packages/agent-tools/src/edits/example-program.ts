import { affine, type Program, type Statement } from '@tilewright/spec';

/** Elements that a core takes at a time, how often, and how many cores take part: 2 × 8 × 128 elements. */
const [TILE, STEPS, CORES] = [128, 8, 2];

const move = (kind: 'get' | 'put', name: string): Statement => ({
  kind,
  channel: `${name}_stream`,
  at: [affine(0, { x: 1 })],
  buffer: `${name}_tile`,
  access: { offset: affine(0), sizes: [TILE], strides: [1] },
});

const operand = (name: string) => ({ buffer: `${name}_tile`, offset: affine(0) });

/**
 * `c = a + b` in bf16 on two cores, straight between DDR and L1: the smallest Program that does something. The shim
 * sends each core its part of the operands, tile by tile, and takes the sum back.
 */
export const EXAMPLE_PROGRAM: Program = {
  specificationVersion: 'v1',
  name: 'example-add',
  hostPath: 'xclbin',
  arguments: (['a', 'b', 'c'] as const).map((name) => ({
    ...{ name, format: 'bf16', elements: CORES * STEPS * TILE, access: name === 'c' ? 'write' : 'read' },
  })),
  launches: [
    {
      ...{ name: 'add', grid: [], batchTiling: null, pingPong: 'L1-and-L2', stackBytes: 1024 },
      channels: ['a', 'b', 'c'].map((name) => ({
        ...{ name: `${name}_stream`, kind: 'stream', format: 'bf16', shape: [CORES], broadcast: null },
      })),
      shim: ['a', 'b', 'c'].map((name) => ({
        name: `${name}_ddr`,
        parallel: [{ variable: 'core', extent: CORES }],
        body: [
          {
            ...{ kind: 'for', variable: 'i', extent: STEPS },
            body: [
              {
                kind: name === 'c' ? 'get' : 'put',
                channel: `${name}_stream`,
                at: [affine(0, { core: 1 })],
                buffer: name,
                access: { offset: affine(0, { core: STEPS * TILE, i: TILE }), sizes: [TILE], strides: [1] },
              },
            ],
          },
        ],
      })),
      memtile: [],
      herds: [
        {
          ...{ name: 'add', columns: CORES, rows: 1, at: null },
          buffers: ['a', 'b', 'c'].map((name) => ({ name: `${name}_tile`, format: 'bf16', elements: TILE })),
          body: [
            {
              ...{ kind: 'for', variable: 'i', extent: STEPS },
              body: [
                move('get', 'a'),
                move('get', 'b'),
                {
                  ...{ kind: 'call', microkernel: 'add-bf16' },
                  operands: { a: operand('a'), b: operand('b'), c: operand('c') },
                  parameters: { n: affine(TILE) },
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
