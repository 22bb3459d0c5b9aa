import type { Program } from '@tilewright/spec';
import type { Microkernels } from '../execution/bound-call.ts';
import { type LocalBuffer, localBuffer, poison, wordsOf } from '../execution/local-buffer.ts';
import type { MachineLaunch, Tile } from '../machine/machine.ts';
import type { Actor } from './actor.ts';
import { bufferMemory, type ElementMemory, elementMemory } from './element-memory.ts';
import { type FlowFifo, flowFifo } from './flow-fifo.ts';

/** Everything in the array that actors share, at one moment of a launch. */
export interface ArrayState {
  readonly launch: MachineLaunch;
  readonly microkernels: Microkernels;
  readonly locks: { value: number; readonly waiting: Actor[] }[];
  readonly fifos: readonly FlowFifo[];
  /** Per buffer, its copies. */
  readonly buffers: readonly (readonly TileBuffer[])[];
  /** Per program argument. */
  readonly ddr: readonly ElementMemory[];
  wake(actor: Actor): void;
  invalidAccess(what: string): never;
}

export interface TileBuffer {
  readonly local: LocalBuffer;
  readonly memory: ElementMemory;
}

/** The state in which a launch starts: memory poisoned, locks at their initial values, flows empty. */
export function initialState(
  program: Program,
  launch: MachineLaunch,
  microkernels: Microkernels,
  argumentWords: readonly Int32Array[],
  reactions: Pick<ArrayState, 'wake' | 'invalidAccess'>,
): ArrayState {
  const memories = tileMemories(launch);
  return {
    launch,
    microkernels,
    locks: launch.locks.map(({ initial }) => ({ value: initial, waiting: [] })),
    fifos: launch.flows.map(flowFifo),
    buffers: launch.buffers.map((buffer) =>
      buffer.addresses.map((address) => {
        const local = localBuffer(buffer, memories.get(tileKey(buffer.tile)) as ArrayBuffer, address);
        poison(local);
        return { local, memory: bufferMemory(local) };
      }),
    ),
    ddr: program.arguments.map((argument, index) =>
      elementMemory(argument.name, argument.format, argument.elements, argumentWords[index]),
    ),
    ...reactions,
  };
}

/** One memory per tile, in which the buffers lie at the addresses that the compiler gave them. */
function tileMemories(launch: MachineLaunch): Map<string, ArrayBuffer> {
  const ends = new Map<string, number>();
  for (const buffer of launch.buffers) {
    const key = tileKey(buffer.tile);
    const last = Math.max(...buffer.addresses) + 4 * wordsOf(buffer.format, buffer.elements);
    ends.set(key, Math.max(ends.get(key) ?? 0, last));
  }
  return new Map([...ends].map(([key, end]) => [key, new ArrayBuffer(end)]));
}

function tileKey(tile: Tile): string {
  return `${tile.column} ${tile.row}`;
}
