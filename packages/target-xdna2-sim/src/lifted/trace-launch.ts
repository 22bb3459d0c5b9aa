import type { Launch, Program } from '@tilewright/spec';
import type { Microkernels } from '../execution/bound-call.ts';
import type { LocalBuffer } from '../execution/local-buffer.ts';
import { bindProcess } from '../fast-path/bind-process.ts';
import { channelStreams } from '../fast-path/channel-streams.ts';
import { gridOrder } from '../fast-path/grid-order.ts';
import { argumentBuffers, launchInstances } from '../fast-path/launch-instances.ts';
import type { GetOperation, Process, ProcessBuffer, PutOperation } from '../fast-path/process.ts';
import { type DataPlane, type Network, runProcess } from '../fast-path/run-process.ts';
import { type Reader, type Stream, takenByAll } from '../fast-path/stream.ts';
import { CoreTrace } from './core-trace.ts';
import type { LiftedLaunch } from './lifted-launch.ts';
import { NotLiftable } from './not-liftable.ts';
import { Contents, type GridShift, type Stretch, sliceStretch } from './stretch.ts';
import { TraceState } from './trace-state.ts';

/** Part of a stretch on its way through a stream. */
interface Segment {
  readonly stretch: Stretch;
  readonly first: number;
  readonly words: number;
  /** Words that the stream carried before it. */
  readonly at: number;
}

/**
 * Transfers and calls that are followed, some hundred bytes each. A launch with more runs step by step.
 */
const MOST_EVENTS = 2 ** 22;

/**
 * Follows one grid iteration of a launch without moving data. Returns null where what one iteration
 * does is not all there is to say: it depends on the one before, or arguments are read and written.
 */
export function traceLaunch(program: Program, launch: Launch, microkernels: Microkernels): LiftedLaunch | null {
  try {
    return tracedLaunch(program, launch, microkernels);
  } catch (error) {
    if (error instanceof NotLiftable) return null;
    throw error;
  }
}

function tracedLaunch(program: Program, launch: Launch, microkernels: Microkernels): LiftedLaunch {
  const ddr = argumentBuffers(program);
  const instances = launchInstances(launch, ddr, null);
  const channels = new Map(launch.channels.map((channel) => [channel.name, channelStreams(channel)]));
  const grid = launch.grid.map(({ variable }) => variable);
  const state = new TraceState(launch.grid.map(({ extent }) => extent));
  const processes = instances.map((instance) => bindProcess(instance, grid, channels, microkernels));
  const cores = new Map<Process, CoreTrace>();
  const memtileContents = new Map<ProcessBuffer, Contents>();
  for (const [index, instance] of instances.entries()) {
    const process = processes[index] as Process;
    if (instance.place === 'core') {
      cores.set(process, new CoreTrace(state, instance.buffers, instance.storage as ReadonlyMap<string, LocalBuffer>));
    } else if (instance.place === 'memtile') {
      for (const buffer of instance.buffers.values()) memtileContents.set(buffer, new Contents());
    }
  }
  const data = followedData(state, ddr, cores, memtileContents);
  let ready: Process[] = [];
  const network: Network = {
    gridValues: new Int32Array(grid.length),
    axes: grid.length,
    iterations: 1,
    data,
    wake(waiter) {
      if (waiter.queued) return;
      waiter.queued = true;
      ready.push(waiter as Process);
    },
    invalidAccess() {
      throw new NotLiftable();
    },
  };
  for (const process of processes) process.queued = true;
  ready = [...processes];
  while (ready.length > 0) {
    const turns = ready;
    ready = [];
    for (const process of turns) {
      process.queued = false;
      runProcess(process, network);
    }
  }
  const streams = [...channels.values()].flatMap((channel) => channel.streams);
  const ends = processes.every(({ done }) => done) && streams.every((each) => takenByAll(each) === each.put);
  if (!ends) throw new NotLiftable();
  const gridValues = gridOrder(launch);
  return state.finish([...cores.values()], gridValues, grid.length === 0 ? 1 : gridValues.length / grid.length, ddr);
}

/** Data that is followed: streams carry where their words came from. */
function followedData(
  state: TraceState,
  ddr: readonly ProcessBuffer[],
  cores: ReadonlyMap<Process, CoreTrace>,
  memtiles: ReadonlyMap<ProcessBuffer, Contents>,
): DataPlane {
  const { table } = state;
  const queues = new Map<Stream, Segment[]>();
  const cursors = new Map<Reader, number>();
  const putting = new Map<Process, Stretch>();
  const getting = new Map<Process, { stretch: Stretch; first: number; words: number }[]>();
  const argumentIndex = new Map(ddr.map((buffer, index) => [buffer, index]));
  let events = 0;
  const countEvent = (): void => {
    if (++events > MOST_EVENTS) throw new NotLiftable();
  };

  const append = (stream: Stream, stretch: Stretch, first: number, words: number, at: number): void => {
    let queue = queues.get(stream);
    if (queue === undefined) {
      queue = [];
      queues.set(stream, queue);
    }
    queue.push({ stretch, first, words, at });
  };
  /** Words that the transfer's address moves by per step of each grid axis, checked to stay in the argument. */
  const gridShift = (operation: PutOperation | GetOperation, base: number): GridShift => {
    const { buffer, pattern, offset } = operation;
    const shift = state.gridPart(offset).map((step) => step / buffer.elementsPerWord);
    let lowest = base + pattern.lowest;
    let highest = base + pattern.highest;
    for (const [axis, step] of shift.entries()) {
      const extent = state.extents[axis] as number;
      if (extent > 1 && !Number.isInteger(step)) throw new NotLiftable();
      lowest += Math.min(0, step * (extent - 1));
      highest += Math.max(0, step * (extent - 1));
    }
    if (lowest < 0 || (highest + 1) * buffer.elementsPerWord > buffer.elements) throw new NotLiftable();
    return state.shift(shift);
  };

  return {
    put(process, operation, base, first, words) {
      countEvent();
      const { stream, buffer, pattern } = operation;
      const core = cores.get(process);
      if (core !== undefined) {
        append(stream, core.send(buffer, base, pattern), 0, words, stream.put);
        return;
      }
      const contents = memtiles.get(buffer);
      const placed = table.ofPattern(pattern);
      if (contents !== undefined) {
        const pieces = contents.read(base + placed.base, placed.runs, table);
        if (pieces === null) throw new NotLiftable();
        let at = stream.put;
        for (const piece of pieces) {
          append(stream, piece, 0, piece.runs.words, at);
          at += piece.runs.words;
        }
        return;
      }
      let stretch = putting.get(process);
      if (first === 0 || stretch === undefined) {
        const index = argumentIndex.get(buffer) as number;
        state.readArguments.add(index);
        const origin = state.origin(index, gridShift(operation, base));
        stretch = { origin, base: base + placed.base, runs: placed.runs };
        putting.set(process, stretch);
      }
      append(stream, stretch, first, words, stream.put);
    },
    get(process, operation, base, first, words) {
      countEvent();
      const { stream, reader, buffer, pattern } = operation;
      const parts = getting.get(process) ?? [];
      getting.set(process, parts);
      const queue = queues.get(stream) as Segment[];
      let cursor = cursors.get(reader) ?? 0;
      for (let at = reader.taken, left = words; left > 0; ) {
        const segment = queue[cursor] as Segment;
        const within = at - segment.at;
        const count = Math.min(segment.words - within, left);
        const last = parts[parts.length - 1];
        const from = segment.first + within;
        if (last !== undefined && last.stretch === segment.stretch && last.first + last.words === from) {
          last.words += count;
        } else {
          parts.push({ stretch: segment.stretch, first: from, words: count });
        }
        at += count;
        left -= count;
        if (within + count === segment.words) cursor++;
      }
      cursors.set(reader, cursor);
      if (first + words < pattern.words) return;
      getting.delete(process);
      const pieces = parts.map((part) => sliceStretch(part.stretch, part.first, part.words, table));
      const placed = table.ofPattern(pattern);
      const core = cores.get(process);
      if (core !== undefined) {
        core.receive(buffer, base + placed.base, placed.runs, pieces);
        return;
      }
      const contents = memtiles.get(buffer);
      if (contents !== undefined) {
        contents.fill(base + placed.base, placed.runs, pieces);
        return;
      }
      const index = argumentIndex.get(buffer) as number;
      state.store(index, gridShift(operation, base), base + placed.base, placed.runs, pieces);
    },
    call(process, { call }) {
      countEvent();
      return (cores.get(process) as CoreTrace).call(call, process.registers);
    },
  };
}
