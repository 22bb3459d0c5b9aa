import { type AccessPattern, affine, type Program, type Statement } from '@tilewright/spec';

/** How data is relayed through a memtile: `steps` pieces of `tile` elements. */
export interface CopyTiling {
  readonly steps: number;
  readonly tile: number;
}

/** output = input in bf16, relayed through L2. No core takes part, so every bit pattern must survive. */
export function copyProgram(tiling: CopyTiling): Program {
  const whole: AccessPattern = { offset: affine(0), sizes: [tiling.tile], strides: [1] };
  return relayProgram('copy', tiling, whole, true);
}

/**
 * Each piece of `rows · columns` pairs of elements is transposed as it leaves L2: pairs, because a DMA moves
 * 32-bit words.
 */
export function transposeProgram(steps: number, rows: number, columns: number): Program {
  const tile = rows * columns * 2;
  const transposed: AccessPattern = {
    offset: affine(0),
    sizes: [columns, rows, 2],
    strides: [2, columns * 2, 1],
  };
  return relayProgram('transpose', { steps, tile }, transposed, true);
}

/** The copy without the put that feeds it: it can never finish. */
export function unfedProgram(tiling: CopyTiling): Program {
  const whole: AccessPattern = { offset: affine(0), sizes: [tiling.tile], strides: [1] };
  return relayProgram('unfed', tiling, whole, false);
}

function relayProgram(name: string, { steps, tile }: CopyTiling, leaving: AccessPattern, fed: boolean): Program {
  const elements = steps * tile;
  const filling: AccessPattern = { offset: affine(0), sizes: [tile], strides: [1] };
  const shim = (kind: 'put' | 'get', channel: string, buffer: string): Statement => ({
    kind: 'for',
    variable: 'i',
    extent: steps,
    body: [
      {
        kind,
        channel,
        at: [affine(0)],
        buffer,
        access: { offset: affine(0, { i: tile }), sizes: [tile], strides: [1] },
      },
    ],
  });
  const enters = { name: 'enters', parallel: [], body: [shim('put', 'enters', 'input')] };
  const leaves = { name: 'leaves', parallel: [], body: [shim('get', 'leaves', 'output')] };
  return {
    specificationVersion: 'v1',
    name,
    hostPath: 'xclbin',
    arguments: [
      { name: 'input', format: 'bf16', elements, access: 'read' },
      { name: 'output', format: 'bf16', elements, access: 'write' },
    ],
    launches: [
      {
        name,
        grid: [],
        batchTiling: null,
        pingPong: 'L1-and-L2',
        stackBytes: 1024,
        channels: (['enters', 'leaves'] as const).map((channel) => ({
          name: channel,
          kind: 'stream',
          format: 'bf16',
          shape: [1],
          broadcast: null,
        })),
        shim: fed ? [enters, leaves] : [leaves],
        memtile: [
          {
            name: 'relay',
            parallel: [],
            column: null,
            buffers: [{ name: 'piece', format: 'bf16', elements: tile }],
            body: [
              {
                kind: 'for',
                variable: 'i',
                extent: steps,
                body: [
                  { kind: 'get', channel: 'enters', at: [affine(0)], buffer: 'piece', access: filling },
                  { kind: 'put', channel: 'leaves', at: [affine(0)], buffer: 'piece', access: leaving },
                ],
              },
            ],
          },
        ],
        herds: [],
      },
    ],
  };
}
