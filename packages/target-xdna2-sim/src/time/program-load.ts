import type { Channel, Environment, Launch, Loop, Program, Statement } from '@tilewright/spec';
import { batchExtentsOf } from '../compile/shim-tasks.ts';
import type { CoreWork } from './microkernel-work.ts';
import { type ProcessLoad, processLoad } from './process-load.ts';

/** What a Program asks of the device, free of any constant: everything that its time is made of. */
export interface ProgramLoad {
  readonly hostPath: Program['hostPath'];
  readonly launches: readonly LaunchLoad[];
}

/** What a launch asks of each resource: per grid iteration, and how many iterations there are. */
export interface LaunchLoad {
  readonly name: string;
  readonly iterations: number;
  /** Groups of iterations between which the shim drains. */
  readonly batches: number;
  readonly tiles: number;
  /** Whether operands go through L2. */
  readonly staged: boolean;
  /** Whether the DMA fills a core's next buffer while it works on this one. */
  readonly overlapped: boolean;
  /** Whether a channel serves loops of different trip counts, so that its tasks are counted. */
  readonly countsTasks: boolean;
  /** The cores, those alike once. */
  readonly cores: readonly CoreLoad[];
  /** Work along a column of cores that wait for each other's results. */
  readonly chained: CoreWork;
  /** Bytes of the busiest flow between L3 and the array. */
  readonly shimStreamBytes: number;
  readonly l3ReadBytes: number;
  readonly l3WriteBytes: number;
  /** Bytes of the largest L2 panel and L1 buffer, which arrive one after the other before the first call. */
  readonly fillBytes: number;
  /** Bytes that leave after the last call. */
  readonly drainBytes: number;
}

export interface CoreLoad {
  readonly looped: CoreWork;
  readonly edge: CoreWork;
  /** Inbound bytes of the busiest channel. */
  readonly streamBytes: number;
  /** Bytes that the core hands over before it can begin the next iteration. */
  readonly handOverBytes: number;
}

const known = new WeakMap<Program, ProgramLoad>();

/** Analyses a Program once. */
export function programLoad(program: Program): ProgramLoad {
  let load = known.get(program);
  if (load === undefined) {
    load = { hostPath: program.hostPath, launches: program.launches.map(launchLoad) };
    known.set(program, load);
  }
  return load;
}

function launchLoad(launch: Launch): LaunchLoad {
  const batchExtents = batchExtentsOf(launch);
  const channels = new Map<string, Channel>(launch.channels.map((channel) => [channel.name, channel]));
  const shim = launch.shim.flatMap(({ parallel, body }) => instances(parallel, body, channels));
  const memtile = launch.memtile.flatMap(({ parallel, body }) => instances(parallel, body, channels));
  const herds = launch.herds.map(({ columns, rows, body }) =>
    instances([axis('x', columns), axis('y', rows)], body, channels),
  );
  const cores = herds.flat();
  const staged = launch.memtile.length > 0;
  const fromL3 = new Set(shim.flatMap(({ load }) => [...load.largestPuts.keys()]));
  const panel = most(
    memtile.flatMap(({ load }) => [...load.largestGets].map(([channel, bytes]) => (fromL3.has(channel) ? bytes : 0))),
  );
  const l3WriteBytes = sum(shim.map(({ load, count }) => count * total(load.getBytes)));
  const chains = herds.map(chainOf);
  return {
    name: launch.name,
    iterations: product(launch.grid.map((axis) => axis.extent)),
    batches: product(launch.grid.map(({ extent }, axis) => extent / (batchExtents[axis] as number))),
    tiles: sum(launch.herds.map(({ columns, rows }) => columns * rows)),
    staged,
    overlapped: launch.pingPong === 'L1' || launch.pingPong === 'L1-and-L2',
    countsTasks: [...launch.memtile, ...launch.herds].some(({ body }) => servesSeveralLoops(body)),
    cores: distinct(
      cores.map(({ load: { looped, edge, getBytes, edgePutBytes } }) => ({
        looped,
        edge,
        streamBytes: largest(getBytes),
        handOverBytes: edgePutBytes,
      })),
    ),
    chained: chains.reduce<CoreWork>((longest, chain) => (size(chain) > size(longest) ? chain : longest), {}),
    shimStreamBytes: most(shim.flatMap(({ load }) => [largest(load.putBytes), largest(load.getBytes)])),
    l3ReadBytes: sum(shim.map(({ load, count }) => count * total(load.putBytes))),
    l3WriteBytes,
    fillBytes: panel + most(cores.map(({ load }) => largest(load.largestGets))),
    drainBytes: staged ? l3WriteBytes : sum(cores.map(({ load, count }) => count * largest(load.largestPuts))),
  };
}

/** Instances of a process that do the same, one of them and how many they are. */
interface Instances {
  readonly load: ProcessLoad;
  readonly count: number;
  readonly place: Environment;
}

/** Instances differ in more than where their data lies only if the process has conditions. */
function instances(
  parallel: readonly Loop[],
  body: readonly Statement[],
  channels: ReadonlyMap<string, Channel>,
): Instances[] {
  const places = points(parallel);
  const looked = hasConditions(body) ? places : places.slice(0, 1);
  const count = places.length / looked.length;
  return looked.map((place) => ({ load: processLoad(body, place, channels), count, place }));
}

function hasConditions(body: readonly Statement[]): boolean {
  return body.some(
    (statement) => statement.kind === 'if' || (statement.kind === 'for' && hasConditions(statement.body)),
  );
}

function axis(variable: string, extent: number): Loop {
  return { variable, extent };
}

/** What the first column of a herd does after each other's results, added up along the cascade. */
function chainOf(cores: readonly Instances[]): CoreWork {
  const work: Record<string, number> = {};
  for (const { load, place } of cores) {
    if (place.x !== 0) continue;
    const { chained } = load;
    for (const name in chained) work[name] = (work[name] ?? 0) + (chained[name as keyof CoreWork] as number);
  }
  return work;
}

function size(work: CoreWork): number {
  return sum(Object.values(work));
}

/** Whether some channel is used in more than one loop of a process; a condition is no loop. */
function servesSeveralLoops(body: readonly Statement[]): boolean {
  const blocks = new Map<string, Set<readonly Statement[]>>();
  const visit = (statements: readonly Statement[], loop: readonly Statement[]): void => {
    for (const statement of statements) {
      if (statement.kind === 'for') visit(statement.body, statement.body);
      else if (statement.kind === 'if') visit(statement.body, loop);
      else if (statement.kind !== 'call') {
        const channel = `${statement.kind} ${statement.channel}`;
        blocks.set(channel, (blocks.get(channel) ?? new Set()).add(loop));
      }
    }
  };
  visit(body, body);
  return [...blocks.values()].some((each) => each.size > 1);
}

function points(axes: readonly Loop[]): Record<string, number>[] {
  return axes.reduce<Record<string, number>[]>(
    (before, { variable, extent }) =>
      before.flatMap((point) => Array.from({ length: extent }, (_, value) => ({ ...point, [variable]: value }))),
    [{}],
  );
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

function product(values: readonly number[]): number {
  return values.reduce((result, value) => result * value, 1);
}

function sum(values: readonly number[]): number {
  return values.reduce((result, value) => result + value, 0);
}

function most(values: readonly number[]): number {
  return values.reduce((result, value) => Math.max(result, value), 0);
}

function total(bytes: ReadonlyMap<string, number>): number {
  return sum([...bytes.values()]);
}

function largest(bytes: ReadonlyMap<string, number>): number {
  return most([...bytes.values()]);
}
