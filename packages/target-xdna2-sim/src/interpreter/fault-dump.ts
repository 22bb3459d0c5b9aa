import type { FaultDump } from '@tilewright/spec';
import { waitChain } from '../execution/wait-chain.ts';
import type { Endpoint, Step } from '../machine/machine.ts';
import type { Actor, Wait } from './actor.ts';
import type { ArrayState } from './array-state.ts';
import { placeName } from './place-name.ts';

/** Who waits on what: every actor, every lock and every flow as they stand. */
export function faultDump(array: ArrayState, actors: readonly Actor[]): FaultDump {
  const chain = waitChain(waitsFor(array, actors));
  return {
    ...(chain === null ? {} : { chain }),
    actors: actors.map((actor) => ({
      actor: actor.name,
      state: actor.done ? 'done' : 'waiting',
      waitsOn: actor.wait === null ? null : waitsOn(actor.wait, array),
      at: actor.done ? 'end' : standsAt(actor, array),
    })),
    locks: array.launch.locks.map(({ name, tile }, index) => ({
      name,
      place: placeName(tile),
      value: array.locks[index].value,
    })),
    channels: array.fifos.map(({ flow, put, slowest }) => ({
      name: flow.name,
      elementsPut: put,
      elementsTaken: slowest,
    })),
  };
}

/** Per actor that waits, those who could let it go on: who releases its lock, fills or empties its channel. */
function waitsFor({ launch }: ArrayState, actors: readonly Actor[]): ReadonlyMap<string, readonly string[]> {
  const releasing = new Map<number, string[]>();
  const ends = new Map<string, string>();
  launch.dmas.forEach(({ tile, direction, channel, steps }) => {
    const name = `${placeName(tile)} ${direction} ${channel}`;
    ends.set(`${direction} ${portName({ tile, port: 'dma', channel })}`, name);
    noteReleases(steps, name, releasing);
  });
  for (const { tile, steps } of launch.cores) noteReleases(steps, placeName(tile), releasing);
  const endName = (direction: 'MM2S' | 'S2MM', end: Endpoint | null | undefined): string[] => {
    if (end === null || end === undefined) return [];
    return [
      end.port === 'cascade' ? placeName(end.tile) : (ends.get(`${direction} ${portName(end)}`) ?? portName(end)),
    ];
  };
  const others = (wait: Wait, self: string): readonly string[] => {
    switch (wait.kind) {
      case 'lock':
        return (releasing.get(wait.lock) ?? []).filter((name) => name !== self);
      case 'data':
        return endName('MM2S', wait.fifo.flow.source);
      case 'room': {
        const { flow, taken } = wait.fifo;
        return endName('S2MM', flow.destinations[taken.indexOf(Math.min(...taken))]);
      }
      case 'batch':
        return actors.flatMap(({ name, wait: other, done }) =>
          name.startsWith('shim') && !done && other?.kind !== 'batch' ? [name] : [],
        );
      case 'task':
        return [];
    }
  };
  return new Map(actors.flatMap(({ name, wait }) => (wait === null ? [] : [[name, others(wait, name)] as const])));
}

function noteReleases(steps: readonly Step[], name: string, releasing: Map<number, string[]>): void {
  for (const step of steps) {
    if (step.kind === 'loop') noteReleases(step.body, name, releasing);
    else if (step.kind === 'release') {
      const known = releasing.get(step.lock);
      if (known === undefined) releasing.set(step.lock, [name]);
      else if (!known.includes(name)) known.push(name);
    }
  }
}

function waitsOn(wait: Wait, { launch, locks }: ArrayState): string {
  switch (wait.kind) {
    case 'lock':
      return `lock ${launch.locks[wait.lock].name}, which is ${locks[wait.lock].value} and has to be ${wait.count}`;
    case 'data': {
      const { name, source } = wait.fifo.flow;
      return `channel ${name} to be filled by ${source === null ? 'nobody: there is no put' : portName(source)}`;
    }
    case 'room': {
      const { flow, taken } = wait.fifo;
      const slowest = flow.destinations[taken.indexOf(Math.min(...taken))];
      return `channel ${flow.name} to be taken by ${slowest === undefined ? 'nobody: there is no get' : portName(slowest)}`;
    }
    case 'batch':
      return `the other shim channels, before batch ${wait.batch}`;
    case 'task':
      return `its task for transfer ${wait.transfer} of the batch, which was pushed to a full queue and is lost`;
  }
}

function portName({ tile, port, channel }: Endpoint): string {
  return port === 'cascade' ? placeName(tile) : `${placeName(tile)} DMA ${channel}`;
}

function standsAt({ position }: Actor, { launch }: ArrayState): string {
  const { step, environment } = position;
  const variables = Object.entries(environment).map(([name, value]) => `${name} = ${value}`);
  const where = variables.length === 0 ? '' : ` at ${variables.join(', ')}`;
  if (step === null) return 'start';
  if (step.kind === 'transfer') return `${step.direction} ${launch.flows[step.flow].name}${where}`;
  if (step.kind === 'call') return `${step.microkernel}${where}`;
  if (step.kind === 'acquire' || step.kind === 'release') return `${step.kind} ${launch.locks[step.lock].name}${where}`;
  return `${step.kind}${where}`;
}
