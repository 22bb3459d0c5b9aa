import {
  BYTES_PER_ELEMENT,
  type CallStatement,
  evaluateAffine,
  type Launch,
  type Loop,
  MICROKERNELS,
  type MicrokernelParameters,
  type Program,
  type StorageFormat,
  TilewrightError,
} from '@tilewright/spec';
import {
  iterations,
  type Occurrence,
  occurrences,
  points,
  processesOf,
  transferElements,
  varyingLoops,
} from './instances.ts';

/** What a program does, counted from its loops without running them. */
export interface Work {
  readonly multiplyAccumulates: number;
  /** Bytes that cross between DDR and the array; an argument read twice counts twice. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Calls per microkernel, over all cores. */
  readonly calls: ReadonlyMap<string, number>;
}

/** The work of all launches of a program. Throws `program-invalid` for a call of an unknown microkernel. */
export function programWork(program: Program): Work {
  const formats = new Map(program.arguments.map(({ name, format }) => [name, format]));
  return total(program.launches.map((launch) => launchWork(launch, formats)));
}

function launchWork(launch: Launch, formats: ReadonlyMap<string, StorageFormat>): Work {
  let multiplyAccumulates = 0;
  let bytesRead = 0;
  let bytesWritten = 0;
  const calls = new Map<string, number>();
  for (const process of processesOf(launch)) {
    for (const { statement, coordinates, loops } of occurrences(process)) {
      const around = [...launch.grid, ...loops];
      if (statement.kind === 'call') {
        const count = iterations(around);
        calls.set(statement.microkernel, (calls.get(statement.microkernel) ?? 0) + count);
        multiplyAccumulates += callWork({ process, statement, coordinates, loops: around });
      } else if (process.kind === 'shim') {
        const bytes = BYTES_PER_ELEMENT[formats.get(statement.buffer) ?? 'bf16'];
        const moved = transferElements(statement) * bytes * iterations(around);
        if (statement.kind === 'put') bytesRead += moved;
        else bytesWritten += moved;
      }
    }
  }
  return { multiplyAccumulates, bytesRead, bytesWritten, calls };
}

/** Multiply-accumulates of a call over its loops. Only loops that change a size of it are walked. */
function callWork({ statement, coordinates, loops }: Occurrence<CallStatement>): number {
  const signature = MICROKERNELS.get(statement.microkernel);
  if (signature === undefined) {
    throw new TilewrightError(
      'program-invalid',
      `The program calls ${statement.microkernel}, which is no known microkernel.`,
      `Call one of ${[...MICROKERNELS.keys()].join(', ')}.`,
      { got: statement.microkernel },
    );
  }
  const used = new Set<string>();
  const at = (point: Readonly<Record<string, number>>): number => {
    const environment = { ...coordinates, ...point };
    const values: MicrokernelParameters = Object.fromEntries(
      Object.entries(statement.parameters).map(([name, value]) => [name, evaluateAffine(value, environment)]),
    );
    return signature.multiplyAccumulates(recordReads(values, used));
  };
  const first = at(Object.fromEntries(loops.map(({ variable }) => [variable, 0])));
  const sizes = [...used].map((name) => statement.parameters[name]).filter((value) => value !== undefined);
  const varying = varyingLoops(sizes, loops);
  if (varying.length === 0) return first * iterations(loops);
  const others = iterations(loops.filter((loop: Loop) => !varying.includes(loop)));
  const rest = Object.fromEntries(loops.map(({ variable }) => [variable, 0]));
  let sum = 0;
  for (const point of points(varying)) sum += at({ ...rest, ...point });
  return sum * others;
}

/** A copy that notes which parameters are asked for: those that the count does not use may vary freely. */
function recordReads(values: MicrokernelParameters, used: Set<string>): MicrokernelParameters {
  return new Proxy(values, {
    get(target, name) {
      if (typeof name === 'string') used.add(name);
      return target[name as string];
    },
  });
}

function total(works: readonly Work[]): Work {
  const calls = new Map<string, number>();
  for (const work of works) {
    for (const [name, count] of work.calls) calls.set(name, (calls.get(name) ?? 0) + count);
  }
  const add = (pick: (work: Work) => number): number => works.reduce((sum, work) => sum + pick(work), 0);
  return {
    multiplyAccumulates: add((work) => work.multiplyAccumulates),
    bytesRead: add((work) => work.bytesRead),
    bytesWritten: add((work) => work.bytesWritten),
    calls,
  };
}
