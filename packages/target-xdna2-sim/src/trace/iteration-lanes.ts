import type { Affine, Channel, Environment, Launch, Loop, Statement } from '@tilewright/spec';
import { CONSTANTS, type Constants, type CycleConstantName } from '../time/constants.ts';
import { type CoreWork, microkernelWork, WORKS_ONCE } from '../time/microkernel-work.ts';
import { processLoad } from '../time/process-load.ts';

/** What one lane does in every grid iteration of a launch, from the iteration's start on, one after the other. */
export interface IterationLane {
  readonly lane: readonly [group: string, name: string];
  readonly name: string;
  readonly us: number;
  readonly args: Readonly<Record<string, number | string>>;
  /** Microkernels of a core, all calls of one together. */
  readonly calls: readonly { readonly name: string; readonly us: number; readonly count: number }[];
}

/** A lane for each core, and for each end of each stream: the DMA channel that serves it. */
export function iterationLanes(launch: Launch, clockMegahertz: number): readonly IterationLane[] {
  const channels = new Map<string, Channel>(launch.channels.map((channel) => [channel.name, channel]));
  const lanes: IterationLane[] = [];
  const flows = (place: string, group: string, body: readonly Statement[], at: Environment): void => {
    const { putBytes, getBytes } = processLoad(body, at, channels);
    for (const [direction, moved] of [
      ['in', getBytes],
      ['out', putBytes],
    ] as const) {
      for (const [flow, bytes] of moved) {
        const us = bytes / (CONSTANTS.streamGigabytesPerSecond * 1000);
        lanes.push({ lane: [group, `${place} ${direction} ${flow}`], name: flow, us, args: { bytes }, calls: [] });
      }
    }
  };
  for (const herd of launch.herds) {
    for (const at of points([axis('x', herd.columns), axis('y', herd.rows)])) {
      const calls = [...callsOf(herd.body, at, clockMegahertz)].map(([name, call]) => ({ name, ...call }));
      const us = calls.reduce((sum, call) => sum + call.us, 0);
      const core = `${herd.name} (${at.x}, ${at.y})`;
      lanes.push({ lane: ['cores', core], name: 'compute', us, args: {}, calls });
    }
  }
  for (const { name, parallel, body } of launch.shim) {
    for (const at of points(parallel)) flows(placed(name, at), 'shim DMA', body, at);
  }
  for (const { name, parallel, body } of launch.memtile) {
    for (const at of points(parallel)) flows(placed(name, at), 'memtile DMA', body, at);
  }
  for (const herd of launch.herds) {
    for (const at of points([axis('x', herd.columns), axis('y', herd.rows)])) {
      flows(`${herd.name} (${at.x}, ${at.y})`, 'core DMA', herd.body, at);
    }
  }
  return lanes;
}

/** Time and number of the calls of each microkernel that a core makes in an iteration. */
function callsOf(
  body: readonly Statement[],
  coordinates: Environment,
  clockMegahertz: number,
): Map<string, { us: number; count: number }> {
  const calls = new Map<string, { us: number; count: number }>();
  const visit = (statements: readonly Statement[], at: Environment, times: number): void => {
    for (const statement of statements) {
      if (statement.kind === 'for') visit(statement.body, { ...at, [statement.variable]: 0 }, times * statement.extent);
      else if (statement.kind === 'if') {
        const value = valueAt(statement.value, at);
        if (statement.is === 'zero' ? value === 0 : value > 0) visit(statement.body, at, times);
      } else if (statement.kind === 'call') {
        const parameters = Object.fromEntries(
          Object.entries(statement.parameters).map(([name, value]) => [name, valueAt(value, at)]),
        );
        const count = WORKS_ONCE.has(statement.microkernel) ? 1 : times;
        const us = (count * cycles(microkernelWork(statement.microkernel, parameters), CONSTANTS)) / clockMegahertz;
        const known = calls.get(statement.microkernel);
        if (known === undefined) calls.set(statement.microkernel, { us, count });
        else {
          known.us += us;
          known.count += count;
        }
      }
    }
  };
  visit(body, coordinates, 1);
  return calls;
}

function cycles(work: CoreWork, constants: Constants): number {
  let total = 0;
  for (const name in work) total += (work[name as CycleConstantName] as number) * constants[name as CycleConstantName];
  return total;
}

function valueAt({ constant, coefficients }: Affine, at: Environment): number {
  return Object.entries(coefficients).reduce((sum, [name, factor]) => sum + factor * (at[name] ?? 0), constant);
}

function axis(variable: string, extent: number): Loop {
  return { variable, extent };
}

function placed(name: string, at: Environment): string {
  const values = Object.values(at);
  return values.length === 0 ? name : `${name} (${values.join(', ')})`;
}

function points(axes: readonly Loop[]): Record<string, number>[] {
  return axes.reduce<Record<string, number>[]>(
    (before, { variable, extent }) =>
      before.flatMap((point) => Array.from({ length: extent }, (_, value) => ({ ...point, [variable]: value }))),
    [{}],
  );
}
