import type { Microkernels } from '../execution/bound-call.ts';
import { type Executor, sequence } from '../execution/executor.ts';
import type { Machine } from '../machine/machine.ts';
import { launchInterpreter } from './launch-interpreter.ts';

/**
 * Executes what the compiler made of a program, step by step. `seed` shuffles the order in which
 * actors take their turns; null leaves it at first come, first served.
 */
export function literalExecutor(
  dispatch: string,
  machine: Machine,
  microkernels: Microkernels,
  seed: number | null,
): Executor {
  return sequence(
    machine.launches.map((launch) => launchInterpreter(dispatch, machine.program, launch, microkernels, seed)),
  );
}
