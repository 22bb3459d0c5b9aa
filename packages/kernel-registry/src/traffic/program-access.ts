import type { Launch, Program, Statement } from '@tilewright/spec';

/** What a program does to one of its arguments. */
export interface ArgumentAccess {
  /** Reads what was there before the program wrote anything. */
  readonly readsEarlier: boolean;
  readonly writes: boolean;
  /** The first launch that writes it writes all of it, as far as its loops tell. */
  readonly writesAll: boolean;
}

/** Looks at the transfers at the shim, launch by launch: launches run strictly in order. */
export function argumentAccess(program: Program, argument: string): ArgumentAccess {
  const elements = program.arguments.find(({ name }) => name === argument)?.elements ?? 0;
  let readsEarlier = false;
  for (const launch of program.launches) {
    const { read, written } = launchElements(launch, argument);
    if (read > 0) readsEarlier = true;
    if (written > 0) return { readsEarlier, writes: true, writesAll: written >= elements };
  }
  return { readsEarlier, writes: false, writesAll: false };
}

function launchElements(launch: Launch, argument: string): { readonly read: number; readonly written: number } {
  const iterations = product(launch.grid.map(({ extent }) => extent));
  let read = 0;
  let written = 0;
  for (const process of launch.shim) {
    const instances = iterations * product(process.parallel.map(({ extent }) => extent));
    read += instances * moved(process.body, 'put', argument);
    written += instances * moved(process.body, 'get', argument);
  }
  return { read, written };
}

/** Elements that one execution of a body moves; what stands under a condition is not counted as moved by all. */
function moved(body: readonly Statement[], kind: 'put' | 'get', argument: string): number {
  let elements = 0;
  for (const statement of body) {
    if (statement.kind === 'for') elements += statement.extent * moved(statement.body, kind, argument);
    else if (statement.kind === 'if') elements += moved(statement.body, kind, argument) > 0 ? 1 : 0;
    else if (statement.kind === kind && statement.buffer === argument) elements += product(statement.access.sizes);
  }
  return elements;
}

function product(factors: readonly number[]): number {
  return factors.reduce((result, factor) => result * factor, 1);
}
