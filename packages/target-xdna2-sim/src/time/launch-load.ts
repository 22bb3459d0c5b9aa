import type { Channel, Launch, Loop, Statement } from '@tilewright/spec';
import { type ProcessLoad, processLoad } from './statement-load.ts';

/** What a launch asks of each resource: per grid iteration, and how many iterations there are. */
export interface LaunchLoad {
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
  /** Cycles of the busiest core. */
  readonly coreCycles: number;
  /** Inbound bytes of the busiest channel of any core. */
  readonly coreStreamBytes: number;
  /** Bytes of the busiest flow between L3 and the array. */
  readonly shimStreamBytes: number;
  readonly l3ReadBytes: number;
  readonly l3WriteBytes: number;
  /** Bytes that must arrive one after another before the first call, and leave after the last. */
  readonly fillBytes: number;
  readonly drainBytes: number;
  /** Bytes that a core hands over before it can begin the next iteration. */
  readonly handOverBytes: number;
}

export function launchLoad(launch: Launch): LaunchLoad {
  const channels = new Map<string, Channel>(launch.channels.map((channel) => [channel.name, channel]));
  const load: { -readonly [Key in keyof LaunchLoad]: LaunchLoad[Key] } = {
    iterations: product(launch.grid.map((axis) => axis.extent)),
    batches: batches(launch),
    tiles: 0,
    staged: launch.memtile.length > 0,
    overlapped: launch.pingPong === 'L1' || launch.pingPong === 'L1-and-L2',
    countsTasks: [...launch.memtile, ...launch.herds].some(({ body }) => servesSeveralLoops(body)),
    coreCycles: 0,
    coreStreamBytes: 0,
    shimStreamBytes: 0,
    l3ReadBytes: 0,
    l3WriteBytes: 0,
    fillBytes: 0,
    drainBytes: 0,
    handOverBytes: 0,
  };
  const largestTransfer = { shimPut: 0, shimGet: 0, corePut: 0, coreGet: 0 };
  for (const process of launch.shim) {
    for (const coordinates of points(process.parallel)) {
      const { putBytes, getBytes, ...single } = processLoad(process.body, coordinates, channels);
      largestTransfer.shimPut = Math.max(largestTransfer.shimPut, single.largestPutBytes);
      largestTransfer.shimGet = Math.max(largestTransfer.shimGet, single.largestGetBytes);
      load.l3ReadBytes += total(putBytes);
      load.l3WriteBytes += total(getBytes);
      load.shimStreamBytes = Math.max(load.shimStreamBytes, largest(putBytes), largest(getBytes));
    }
  }
  for (const herd of launch.herds) {
    load.tiles += herd.columns * herd.rows;
    const axes = [
      { variable: 'x', extent: herd.columns },
      { variable: 'y', extent: herd.rows },
    ];
    for (const coordinates of points(axes)) {
      const core: ProcessLoad = processLoad(herd.body, coordinates, channels);
      load.coreCycles = Math.max(load.coreCycles, core.cycles);
      load.coreStreamBytes = Math.max(load.coreStreamBytes, largest(core.getBytes));
      largestTransfer.corePut = Math.max(largestTransfer.corePut, core.largestPutBytes);
      largestTransfer.coreGet = Math.max(largestTransfer.coreGet, core.largestGetBytes);
    }
  }
  load.fillBytes = largestTransfer.shimPut + (load.staged ? largestTransfer.coreGet : 0);
  load.drainBytes = largestTransfer.shimGet + (load.staged ? largestTransfer.corePut : 0);
  load.handOverBytes = load.staged ? largestTransfer.corePut : 0;
  return load;
}

/** Whether some channel is used in more than one loop of a process. */
function servesSeveralLoops(body: readonly Statement[]): boolean {
  const blocks = new Map<string, Set<readonly Statement[]>>();
  const visit = (statements: readonly Statement[]): void => {
    for (const statement of statements) {
      if (statement.kind === 'for' || statement.kind === 'if') visit(statement.body);
      else if (statement.kind !== 'call') {
        const channel = `${statement.kind} ${statement.channel}`;
        blocks.set(channel, (blocks.get(channel) ?? new Set()).add(statements));
      }
    }
  };
  visit(body);
  return [...blocks.values()].some((each) => each.size > 1);
}

/** Iterations are grouped per axis by the largest divisor of its extent that the tiling allows. */
function batches(launch: Launch): number {
  if (launch.batchTiling === null) return 1;
  return product(
    launch.grid.map(({ extent }, axis) => {
      let size = Math.min(extent, launch.batchTiling?.[axis] ?? 1);
      while (extent % size !== 0) size--;
      return extent / size;
    }),
  );
}

function* points(axes: readonly Loop[]): Generator<Record<string, number>> {
  const [first, ...rest] = axes;
  if (first === undefined) {
    yield {};
    return;
  }
  for (let value = 0; value < first.extent; value++) {
    for (const point of points(rest)) yield { [first.variable]: value, ...point };
  }
}

function product(values: readonly number[]): number {
  return values.reduce((result, value) => result * value, 1);
}

function total(bytes: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const value of bytes.values()) sum += value;
  return sum;
}

function largest(bytes: ReadonlyMap<string, number>): number {
  return Math.max(0, ...bytes.values());
}
