import { type FaultDump, type Launch, type Program, RuntimeFault } from '@tilewright/spec';
import type { Microkernels } from '../execution/bound-call.ts';
import type { Executor } from '../execution/executor.ts';
import { poison } from '../execution/local-buffer.ts';
import { chainText, waitChain } from '../execution/wait-chain.ts';
import type { MachineLaunch } from '../machine/machine.ts';
import { bindProcess } from './bind-process.ts';
import { channelStreams } from './channel-streams.ts';
import { COPIED_DATA } from './copied-data.ts';
import { gridOrder } from './grid-order.ts';
import { argumentBuffers, launchInstances } from './launch-instances.ts';
import type { Operation, Process } from './process.ts';
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
  const ddr = argumentBuffers(program);
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
    data: COPIED_DATA,
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

function resetProcess(process: Process): void {
  process.at = 0;
  process.iteration = 0;
  process.moved = 0;
  process.waitsOn = null;
  process.done = false;
  for (const queue of process.queues) queue.transfers = 0;
  process.queued = true;
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
