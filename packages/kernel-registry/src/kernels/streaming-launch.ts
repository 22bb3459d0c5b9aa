import type { Affine, CallStatement, Channel, Launch, Loop, Statement, StorageFormat } from '@tilewright/spec';
import { type AffineLike, contiguous, get, loop, put, sum, times } from '../program/statements.ts';

/** One operand that flows between L3 and the cores, by its names in the program. */
export interface StreamedOperand {
  readonly argument: string;
  readonly channel: string;
  /** The shim process that feeds or drains it. */
  readonly process: string;
  readonly buffer: string;
  readonly format: StorageFormat;
}

/**
 * A launch of cores that each take one tile of every input, compute, and give one tile of the output, again and
 * again, straight from and to L3: dataflows.md, 4 to 6. Everything elementwise, the norms and the rotation.
 */
export interface StreamingLaunch {
  readonly name: string;
  readonly columns: number;
  /** Null for a herd whose cores are told apart by their column alone. */
  readonly rows: number | null;
  /** Loops of a core, outermost first; every innermost step moves one tile of each streamed operand. */
  readonly loops: readonly Loop[];
  /** Elements of a tile. */
  readonly tile: number;
  /** Where the tile of a step lies in a streamed tensor; in x, y and the loops. */
  readonly at: Affine;
  /** `tile`: the shim sends tile by tile; `block`: all tiles of a core at once, which then lie in a row. */
  readonly transfers: 'tile' | 'block';
  readonly inputs: readonly StreamedOperand[];
  readonly output: StreamedOperand;
  /**
   * A vector that every core keeps while it walks its tiles (a weight, a bias): broadcast once, or in parts of
   * `elements`, one for each step of the loop `per`.
   */
  readonly held?: { readonly operand: StreamedOperand; readonly elements: number; readonly per: string | null };
  readonly pingPong: Launch['pingPong'];
  readonly stackBytes: number;
  readonly call: CallStatement;
}

export function streamingLaunch(t: StreamingLaunch): Launch {
  const { loops, tile, held } = t;
  const herd = t.rows === null ? [t.columns] : [t.columns, t.rows];
  const names = herd.length === 1 ? ['x'] : ['x', 'y'];
  const parallel = herd.map((extent, axis) => ({ variable: names[axis] as string, extent }));
  const here = names.map((variable) => times(variable, 1));
  const stream = (operand: StreamedOperand, shape: readonly number[], broadcast: Channel['broadcast']): Channel => ({
    name: operand.channel,
    kind: 'stream',
    format: operand.format,
    shape,
    broadcast,
  });
  const walk = (operand: StreamedOperand, transfer: typeof put): readonly Statement[] => {
    if (t.transfers === 'tile') {
      return nested(loops, [transfer(operand.channel, here, operand.argument, contiguous(tile, t.at))]);
    }
    const block = loops.reduce((elements, { extent }) => elements * extent, tile);
    return [transfer(operand.channel, here, operand.argument, contiguous(block, atStart(t.at, loops)))];
  };
  const heldFrom = held?.per == null ? 0 : loops.findIndex(({ variable }) => variable === held.per) + 1;
  const step: readonly Statement[] = [
    ...t.inputs.map((operand) => get(operand.channel, here, operand.buffer, contiguous(tile))),
    t.call,
    put(t.output.channel, here, t.output.buffer, contiguous(tile)),
  ];
  const keep: readonly Statement[] =
    held === undefined ? [] : [get(held.operand.channel, here, held.operand.buffer, contiguous(held.elements))];
  const heldAt: AffineLike = held?.per == null ? 0 : times(held.per, held.elements);
  return {
    name: t.name,
    grid: [],
    batchTiling: null,
    pingPong: t.pingPong,
    stackBytes: t.stackBytes,
    channels: [
      ...t.inputs.map((operand) => stream(operand, herd, null)),
      ...(held === undefined
        ? []
        : [
            stream(
              held.operand,
              herd.map(() => 1),
              herd,
            ),
          ]),
      stream(t.output, herd, null),
    ],
    shim: [
      ...t.inputs.map((operand) => ({ name: operand.process, parallel, body: walk(operand, put) })),
      ...(held === undefined
        ? []
        : [
            {
              name: held.operand.process,
              parallel: [],
              body: nested(loops.slice(0, heldFrom), [
                put(
                  held.operand.channel,
                  herd.map(() => 0),
                  held.operand.argument,
                  contiguous(held.elements, heldAt),
                ),
              ]),
            },
          ]),
      { name: t.output.process, parallel, body: walk(t.output, get) },
    ],
    memtile: [],
    herds: [
      {
        name: 'cores',
        columns: t.columns,
        rows: t.rows ?? 1,
        at: null,
        buffers: [
          ...t.inputs.map(({ buffer, format }) => ({ name: buffer, format, elements: tile })),
          ...(held === undefined
            ? []
            : [{ name: held.operand.buffer, format: held.operand.format, elements: held.elements }]),
          { name: t.output.buffer, format: t.output.format, elements: tile },
        ],
        body: nested(loops.slice(0, heldFrom), [...keep, ...nested(loops.slice(heldFrom), step)]),
      },
    ],
  };
}

/** An operand whose channel, process and buffer are called after its argument. */
export function streamed(argument: string, direction: 'in' | 'out', format: StorageFormat = 'bf16'): StreamedOperand {
  return { argument, channel: argument, process: `${argument}-${direction}`, buffer: `${argument}-l1`, format };
}

function nested(loops: readonly Loop[], body: readonly Statement[]): readonly Statement[] {
  let statements = body;
  for (const { variable, extent } of loops.toReversed()) statements = [loop(variable, extent, ...statements)];
  return statements;
}

/** The offset at the first step of every loop. */
function atStart(at: Affine, loops: readonly Loop[]): Affine {
  const looped = new Set(loops.map(({ variable }) => variable));
  const kept = Object.entries(at.coefficients).filter(([variable]) => !looped.has(variable));
  return sum(at.constant, ...kept.map(([variable, coefficient]) => times(variable, coefficient)));
}
