import { type Buffer, BYTES_PER_ELEMENT, type Launch, type Loop, type Program } from '@tilewright/spec';
import type { OperandSource } from '../execution/bound-call.ts';
import { type LocalBuffer, localBuffer, wordsOf } from '../execution/local-buffer.ts';
import type { MachineLaunch, UnrolledLoop } from '../machine/machine.ts';
import { unrolledCopies } from '../machine/unrolled-loop.ts';
import type { Instance } from './bind-process.ts';
import type { ProcessBuffer } from './process.ts';

/** The program's arguments as the shim's processes see them; their words are set per run. */
export function argumentBuffers(program: Program): readonly ProcessBuffer[] {
  return program.arguments.map((argument) => processBuffer(argument, null, 0));
}

/** An instance with all its L1 or L2 memory. */
export type PlacedInstance = Instance & { readonly locals: readonly LocalBuffer[] };

/** Every process of a launch, with buffers of its own; `compiled` says where buffers and tasks go wrong. */
export function launchInstances(
  launch: Launch,
  ddr: readonly ProcessBuffer[],
  compiled: MachineLaunch | null,
): PlacedInstance[] {
  const byName = new Map(ddr.map((buffer) => [buffer.name, buffer]));
  const lostFrom = lostTasks(compiled);
  const instances: PlacedInstance[] = [];
  for (const process of launch.shim) {
    for (const coordinates of points(process.parallel)) {
      const name = `shim ${process.name}${suffix(coordinates)}`;
      const none = { storage: new Map(), locals: [] };
      instances.push({ name, place: 'shim', coordinates, buffers: byName, ...none, body: process.body, lostFrom });
    }
  }
  const doublesL2 = launch.pingPong === 'L1-and-L2' || launch.pingPong === 'L2';
  for (const process of launch.memtile) {
    for (const coordinates of points(process.parallel)) {
      const name = `memtile ${process.name}${suffix(coordinates)}`;
      const local = localBuffers(process.buffers, doublesL2 ? 2 : 1, new Map());
      instances.push({ name, place: 'memtile', coordinates, ...local, body: process.body, lostFrom: () => null });
    }
  }
  const doublesL1 = launch.pingPong === 'L1-and-L2' || launch.pingPong === 'L1';
  for (const herd of launch.herds) {
    const tiles: Loop[] = [
      { variable: 'x', extent: herd.columns },
      { variable: 'y', extent: herd.rows },
    ];
    for (const coordinates of points(tiles)) {
      const name = `core ${herd.name}(${coordinates.get('x')}, ${coordinates.get('y')})`;
      const outOfStep = outOfStepBuffers(compiled, herd.name, coordinates);
      const local = localBuffers(herd.buffers, doublesL1 ? 2 : 1, outOfStep);
      instances.push({ name, place: 'core', coordinates, ...local, body: herd.body, lostFrom: () => null });
    }
  }
  return instances;
}

/** The compiler's word on a core's buffers that fall out of step with their DMA. */
function outOfStepBuffers(
  compiled: MachineLaunch | null,
  herd: string,
  coordinates: ReadonlyMap<string, number>,
): ReadonlyMap<string, UnrolledLoop> {
  const core = compiled?.cores.find(
    (one) => one.herd === herd && one.x === coordinates.get('x') && one.y === coordinates.get('y'),
  );
  if (core === undefined || compiled === null) return new Map();
  const { column, row } = core.tile;
  return new Map(
    compiled.buffers.flatMap(({ name, tile, unrolled }) =>
      unrolled !== null && tile.column === column && tile.row === row ? [[name, unrolled] as const] : [],
    ),
  );
}

function lostTasks(compiled: MachineLaunch | null): Instance['lostFrom'] {
  const lost = new Map(
    compiled?.dmas.flatMap(({ direction, flow, lostFrom }) => {
      const name = compiled.flows[flow]?.name;
      return lostFrom === null ? [] : [[`${direction === 'MM2S' ? 'put' : 'get'} ${name}`, lostFrom] as const];
    }),
  );
  return (direction, stream) => lost.get(`${direction} ${stream}`) ?? null;
}

function localBuffers(
  declared: readonly Buffer[],
  copies: number,
  outOfStep: ReadonlyMap<string, UnrolledLoop>,
): {
  readonly buffers: Map<string, ProcessBuffer>;
  readonly storage: Map<string, OperandSource>;
  readonly locals: readonly LocalBuffer[];
} {
  const buffers = new Map<string, ProcessBuffer>();
  const storage = new Map<string, OperandSource>();
  const locals: LocalBuffer[] = [];
  for (const buffer of declared) {
    const loop = outOfStep.get(buffer.name);
    const lengthBytes = 4 * wordsOf(buffer.format, buffer.elements);
    const held = Array.from({ length: loop === undefined ? 1 : unrolledCopies(loop.trips) }, () =>
      localBuffer(buffer, new ArrayBuffer(lengthBytes), 0),
    );
    locals.push(...held);
    const first = held[0] as LocalBuffer;
    const seen = loop === undefined ? first : { name: first.name, data: first.data };
    storage.set(buffer.name, seen);
    const process = processBuffer(buffer, first, copies);
    buffers.set(
      buffer.name,
      loop === undefined ? process : { ...process, outOfStep: { loop, copies: held, seen, selected: 0 } },
    );
  }
  return { buffers, storage, locals };
}

function processBuffer(
  { name, format, elements }: Pick<Buffer, 'name' | 'format' | 'elements'>,
  local: LocalBuffer | null,
  copies: number,
): ProcessBuffer {
  return {
    name,
    elements,
    elementsPerWord: 4 / BYTES_PER_ELEMENT[format],
    words: local?.words ?? new Int32Array(0),
    accumulator: local?.accumulator === true ? local : null,
    outOfStep: null,
    copies: Array.from({ length: copies }, () => []),
    generation: 0,
    fresh: false,
  };
}

function points(loops: readonly Loop[]): Map<string, number>[] {
  let all: Map<string, number>[] = [new Map()];
  for (const { variable, extent } of loops) {
    all = all.flatMap((point) =>
      Array.from({ length: extent }, (_, value) => new Map([...point, [variable, value] as const])),
    );
  }
  return all;
}

function suffix(coordinates: ReadonlyMap<string, number>): string {
  return coordinates.size === 0 ? '' : `(${[...coordinates.values()].join(', ')})`;
}
