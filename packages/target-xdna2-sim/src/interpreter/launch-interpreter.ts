import { type Program, RuntimeFault, type SeededRandom, seededRandom } from '@tilewright/spec';
import type { Microkernels } from '../execution/bound-call.ts';
import type { Executor } from '../execution/executor.ts';
import { chainText } from '../execution/wait-chain.ts';
import { launchIterations } from '../machine/launch-iterations.ts';
import { type MachineLaunch, SHIM_ROW, type Step, type Tile } from '../machine/machine.ts';
import type { Actor, Position, Wait } from './actor.ts';
import { type ArrayState, initialState } from './array-state.ts';
import { faultDump } from './fault-dump.ts';
import { placeName } from './place-name.ts';
import { type DestinationOf, runSteps } from './run-steps.ts';

/**
 * Executes one configuration of the array literally: every DMA channel and core is an actor that
 * takes its steps one by one and really blocks on locks, on full and on empty streams. With a
 * `seed` the actors take their turns in a random order; results must not depend on it.
 */
export function launchInterpreter(
  dispatch: string,
  program: Program,
  launch: MachineLaunch,
  microkernels: Microkernels,
  seed: number | null,
): Executor {
  let array: ArrayState;
  let actors: Actor[] = [];
  let ready: Actor[] = [];
  let random: SeededRandom | null = null;

  const fault = (kind: 'timeout' | 'invalid-access', what: string): RuntimeFault =>
    new RuntimeFault(kind, dispatch, `${dispatch}, launch ${launch.name}: ${what}.`, faultDump(array, actors));
  const wake = (actor: Actor): void => {
    if (actor.queued) return;
    actor.queued = true;
    ready.push(actor);
  };
  const invalidAccess = (what: string): never => {
    throw fault('invalid-access', what);
  };

  const turn = (actor: Actor): void => {
    actor.queued = false;
    const { value, done } = actor.program.next();
    actor.done = done === true;
    actor.wait = value ?? null;
    if (actor.wait !== null) enlist(actor, actor.wait, array);
  };

  return {
    start(argumentWords) {
      random = seed === null ? null : seededRandom(seed);
      array = initialState(program, launch, microkernels, argumentWords, { wake, invalidAccess });
      actors = launchActors(launch, array);
      ready = [...actors];
    },
    advance(budgetMs) {
      const deadline = performance.now() + budgetMs;
      while (ready.length > 0) {
        const turns = ready;
        ready = [];
        if (random !== null) shuffle(turns, random);
        turns.forEach(turn);
        if (ready.length > 0 && performance.now() > deadline) return false;
      }
      const stuck = actors.find(({ done }) => !done);
      const untaken = array.fifos.find((fifo) => fifo.put > fifo.slowest);
      if (stuck === undefined && untaken === undefined) return true;
      const dump = faultDump(array, actors);
      const waiting = dump.actors.filter(({ state }) => state === 'waiting');
      throw fault(
        'timeout',
        waiting[0] === undefined
          ? `nothing moves any more: data on ${untaken?.flow.name} is never taken`
          : `nothing moves any more: ${waiting[0].actor} waits on ${waiting[0].waitsOn} (${waiting.length} waiting in all)${dump.chain === undefined ? '' : `; ${chainText(dump.chain)}`}`,
      );
    },
  };
}

/** Puts an actor on the list of those that the awaited event wakes. */
function enlist(actor: Actor, wait: Wait, array: ArrayState): void {
  if (wait.kind === 'lock') array.locks[wait.lock].waiting.push(actor);
  else if (wait.kind === 'room') wait.fifo.producerWaiting = actor;
  else if (wait.kind === 'data') wait.fifo.consumersWaiting[wait.destination] = actor;
}

function launchActors(launch: MachineLaunch, array: ArrayState): Actor[] {
  const actors: Actor[] = [];
  const barrier = batchBarrier(launch, array);
  const add = (
    name: string,
    { tile, steps }: { readonly tile: Tile; readonly steps: readonly Step[] },
    port: 'dma' | 'cascade',
    channel: number,
    lostFrom: Position['lostFrom'],
  ): void => {
    const position: Position = { step: null, environment: {}, copies: new Map(), transfers: 0, lostFrom };
    const destinationOf: DestinationOf = (flow) =>
      launch.flows[flow].destinations.findIndex(
        (end) =>
          end.tile.column === tile.column && end.tile.row === tile.row && end.port === port && end.channel === channel,
      );
    const everyIteration = function* (): Generator<Wait, void, undefined> {
      let iteration = 0;
      for (const environment of launchIterations(launch.grid, launch.batchExtents)) {
        if (tile.row === SHIM_ROW) yield* barrier.reach(actor, iteration);
        yield* runSteps(steps, environment, position, array, destinationOf);
        iteration++;
      }
    };
    const actor: Actor = { name, program: everyIteration(), queued: true, done: false, wait: null, position };
    actors.push(actor);
  };
  for (const dma of launch.dmas) {
    add(`${placeName(dma.tile)} ${dma.direction} ${dma.channel}`, dma, 'dma', dma.channel, dma.lostFrom);
  }
  for (const core of launch.cores) add(placeName(core.tile), core, 'cascade', 0, null);
  return actors;
}

/**
 * Shim tasks are issued batch by batch: no shim channel begins a batch before all have finished the
 * one before.
 */
function batchBarrier(
  launch: MachineLaunch,
  array: ArrayState,
): { reach(actor: Actor, iteration: number): Generator<Wait, void, undefined> } {
  const shims = launch.dmas.filter(({ tile }) => tile.row === SHIM_ROW).length;
  const perBatch = launch.batchExtents.reduce((product, extent) => product * extent, 1);
  const arrived = new Map<number, Actor[]>();
  return {
    *reach(actor, iteration) {
      if (iteration === 0 || iteration % perBatch !== 0) return;
      const batch = iteration / perBatch;
      const here = arrived.get(batch) ?? [];
      arrived.set(batch, here);
      here.push(actor);
      if (here.length === shims) for (const other of here) if (other !== actor) array.wake(other);
      while (here.length < shims) yield { kind: 'batch', batch };
    },
  };
}

function shuffle(actors: Actor[], random: SeededRandom): void {
  for (let i = actors.length - 1; i > 0; i--) {
    const j = random.integer(0, i + 1);
    [actors[i], actors[j]] = [actors[j], actors[i]];
  }
}
