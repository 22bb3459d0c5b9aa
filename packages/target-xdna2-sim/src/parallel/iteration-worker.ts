import { parentPort } from 'node:worker_threads';
import { XDNA2_MICROKERNELS } from '../execution/bound-call.ts';
import { type IterationsOf, liftedIterations } from '../lifted/lifted-executor.ts';
import { traceLaunch } from '../lifted/trace-launch.ts';
import type { IterationAnswer, IterationTask } from './iteration-task.ts';

/** What `IterationWorkers` starts: it follows a launch once, and computes its iterations as long as any is left. */
const known = new Map<number, IterationsOf>();

parentPort?.on('message', (task: IterationTask) => {
  let error: string | null = null;
  try {
    compute(task);
  } catch (reason) {
    error = reason instanceof Error ? reason.message : String(reason);
  }
  parentPort?.postMessage({ error } satisfies IterationAnswer);
});

function compute({ key, program, launch, words, turns }: IterationTask): void {
  let iterations = known.get(key);
  if (iterations === undefined) {
    const lifted = traceLaunch(program, program.launches[launch], XDNA2_MICROKERNELS);
    if (lifted === null) throw new Error(`Launch ${launch} of ${program.name} was followed by one thread only.`);
    iterations = liftedIterations(lifted, program.arguments);
    known.set(key, iterations);
  }
  const steps = iterations(words, () => Atomics.add(turns, 0, 1));
  while (steps.next().done !== true);
}
