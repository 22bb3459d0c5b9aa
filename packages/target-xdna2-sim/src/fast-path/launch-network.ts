import {
  type Buffer,
  BYTES_PER_ELEMENT,
  type FaultDump,
  type Launch,
  type Loop,
  type Program,
  RuntimeFault,
} from '@tilewright/spec';
import type { Microkernels, OperandSource } from '../execution/bound-call.ts';
import type { Executor } from '../execution/executor.ts';
import { type LocalBuffer, localBuffer, poison, wordsOf } from '../execution/local-buffer.ts';
import { chainText, waitChain } from '../execution/wait-chain.ts';
import type { MachineLaunch, UnrolledLoop } from '../machine/machine.ts';
import { unrolledCopies } from '../machine/unrolled-loop.ts';
import { bindProcess, type Instance } from './bind-process.ts';
import { channelStreams } from './channel-streams.ts';
import { gridOrder } from './grid-order.ts';
import type { Operation, Process, ProcessBuffer } from './process.ts';
import { type Network, runProcess } from './run-process.ts';
import { type Reader, resetStream, type Stream, takenByAll } from './stream.ts';

/**
 * A launch as a network of sequential processes that meet in streams (Kahn's model): what comes out
 * does not depend on the order in which the processes run. Built once, run many times.
 */
export function launchNetwork(
  dispatch: string,
  program: Program,
  launch: Launch,
  microkernels: Microkernels,
  compiled: MachineLaunch | null,
): Executor {
  const ddr = program.arguments.map((argument) => processBuffer(argument, null, 0));
  const instances = launchInstances(launch, ddr, compiled);
  const channels = new Map(launch.channels.map((channel) => [channel.name, channelStreams(channel)]));
  const grid = launch.grid.map(({ variable }) => variable);
  const processes = instances.map((instance) => bindProcess(instance, grid, channels, microkernels));
  const streams = [...channels.values()].flatMap((channel) => channel.streams);
  const storage = instances.flatMap((instance) => instance.locals);
  const buffers = instances.flatMap((instance) => (instance.place === 'shim' ? [] : [...instance.buffers.values()]));
  const gridValues = gridOrder(launch);

  let ready: Process[] = [];
  const network: Network = {
    gridValues,
    axes: grid.length,
    iterations: grid.length === 0 ? 1 : gridValues.length / grid.length,
    wake(waiter) {
      if (waiter.queued) return;
      waiter.queued = true;
      ready.push(waiter as Process);
    },
    invalidAccess(process, text) {
      throw new RuntimeFault(
        'invalid-access',
        dispatch,
        `${dispatch}, launch ${launch.name}: ${text}.`,
        dump(processes, streams, process),
      );
    },
  };

  return {
    start(argumentWords) {
      ddr.forEach((buffer, index) => {
        buffer.words = argumentWords[index];
      });
      for (const local of storage) poison(local);
      for (const buffer of buffers) {
        for (const pending of buffer.copies) pending.length = 0;
        buffer.generation = 0;
        buffer.fresh = false;
      }
      for (const each of streams) resetStream(each);
      for (const process of processes) resetProcess(process);
      ready = [...processes];
    },
    advance(budgetMs) {
      const deadline = performance.now() + budgetMs;
      while (ready.length > 0) {
        const turns = ready;
        ready = [];
        for (const process of turns) {
          process.queued = false;
          runProcess(process, network);
        }
        if (ready.length > 0 && performance.now() > deadline) return false;
      }
      if (processes.every(({ done }) => done) && streams.every((each) => takenByAll(each) === each.put)) return true;
      throw timeout(dispatch, launch, dump(processes, streams, null));
    },
  };
}

function launchInstances(
  launch: Launch,
  ddr: readonly ProcessBuffer[],
  compiled: MachineLaunch | null,
): (Instance & { readonly locals: readonly LocalBuffer[] })[] {
  const byName = new Map(ddr.map((buffer) => [buffer.name, buffer]));
  const lostFrom = lostTasks(compiled);
  const instances: (Instance & { readonly locals: readonly LocalBuffer[] })[] = [];
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

function resetProcess(process: Process): void {
  process.at = 0;
  process.iteration = 0;
  process.moved = 0;
  process.waitsOn = null;
  process.done = false;
  for (const queue of process.queues) queue.transfers = 0;
  process.queued = true;
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

function timeout(dispatch: string, launch: Launch, state: FaultDump): RuntimeFault {
  const waiting = state.actors.filter((actor) => actor.state === 'waiting');
  const first = waiting[0];
  const who =
    first === undefined
      ? `data in ${state.channels.find((channel) => channel.elementsPut > channel.elementsTaken)?.name} is never taken`
      : `${first.actor} waits on ${first.waitsOn}`;
  return new RuntimeFault(
    'timeout',
    dispatch,
    `${dispatch}, launch ${launch.name}: nothing moves any more: ${who} (${waiting.length} waiting in all)${state.chain === undefined ? '' : `; ${chainText(state.chain)}`}.`,
    state,
  );
}

/** Per process that waits, those at the other end of the stream that it stands at. */
function waitsFor(processes: readonly Process[]): ReadonlyMap<string, readonly string[]> {
  const ends = new Map<Stream, { readonly writers: string[]; readonly readers: Map<Reader, string> }>();
  for (const { name, operations } of processes) {
    for (const operation of operations) {
      if (operation.code !== 'put' && operation.code !== 'get') continue;
      const known = ends.get(operation.stream) ?? { writers: [], readers: new Map<Reader, string>() };
      ends.set(operation.stream, known);
      if (operation.code === 'get') known.readers.set(operation.reader, name);
      else if (!known.writers.includes(name)) known.writers.push(name);
    }
  }
  const slowest = (stream: Stream): string[] => {
    const [first, ...others] = stream.readers;
    if (first === undefined) return [];
    const reader = others.reduce((least, one) => (one.taken < least.taken ? one : least), first);
    return [ends.get(stream)?.readers.get(reader) ?? []].flat();
  };
  const others = ({ operations, at, moved }: Process): readonly string[] => {
    const operation = operations[at] as Operation;
    if (operation.code !== 'put' && operation.code !== 'get') return [];
    const { stream, buffer, queue } = operation;
    const lost = queue !== null && queue.transfers % queue.lostFrom.perBatch >= queue.lostFrom.transfer;
    if (lost) return [];
    const former = buffer.fresh ? buffer.copies[(buffer.generation + 1) % buffer.copies.length] : undefined;
    if (former !== undefined && moved === 0) return former.flatMap((pending) => slowest(pending.stream));
    return operation.code === 'put' ? slowest(stream) : (ends.get(stream)?.writers ?? []);
  };
  return new Map(processes.flatMap((process) => (process.done ? [] : [[process.name, others(process)] as const])));
}

function dump(processes: readonly Process[], streams: readonly Stream[], faulty: Process | null): FaultDump {
  const chain = waitChain(waitsFor(processes));
  return {
    ...(chain === null || faulty !== null ? {} : { chain }),
    actors: processes.map((process) => {
      const operation = process.operations[process.at];
      const where = operation.code === 'put' || operation.code === 'get' ? operation.text : operation.code;
      return {
        actor: process.name,
        state: process.done ? 'done' : 'waiting',
        waitsOn: process === faulty ? 'nothing: invalid access' : process.waitsOn,
        at: process.done ? 'end' : `${where}, grid iteration ${process.iteration - 1}`,
      };
    }),
    locks: [],
    channels: streams.map((each) => ({
      name: each.name,
      elementsPut: (each.put * 4) / each.bytesPerElement,
      elementsTaken: (takenByAll(each) * 4) / each.bytesPerElement,
    })),
  };
}
