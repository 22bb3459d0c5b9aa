import type { LiftedLaunch } from '../lifted/lifted-launch.ts';
import type { IterationTask } from './iteration-task.ts';
import type { IterationWorkers } from './iteration-workers.ts';

/** Multiply-accumulates from which on it is worth to wake other threads: some tenths of a second. */
const LEAST_WORK = 2 ** 30;
let lastKey = 0;

/** Whether a launch's iterations are long enough, and need nothing from each other, to be shared between threads. */
export function isShareable({ cores, iterations }: LiftedLaunch): boolean {
  let work = 0;
  for (const { instructions } of cores) {
    for (const instruction of instructions) {
      // Products are put together over iterations, and wait for an engine.
      if (instruction.code === 'product') return false;
      if (instruction.code !== 'attention') continue;
      const { queries, keys, width, chunks } = instruction;
      work += chunks.length * queries * keys * width;
    }
  }
  return iterations > 1 && work * iterations >= LEAST_WORK;
}

/** Runs of one launch on several threads, in memory of their own. */
export class SharedRun {
  readonly #workers: IterationWorkers;
  readonly #task: Pick<IterationTask, 'program' | 'launch'>;
  readonly #key: number;
  #words: readonly Int32Array[] | null = null;
  #turns: Int32Array | null = null;

  constructor(workers: IterationWorkers, task: Pick<IterationTask, 'program' | 'launch'>) {
    this.#workers = workers;
    this.#task = task;
    this.#key = ++lastKey;
  }

  /**
   * One run: `iterations` computes on the words that it is given, taking turns with the workers, in steps. What was
   * written is copied back to `words` at the end.
   */
  *steps(
    words: readonly Int32Array[],
    written: ReadonlySet<number>,
    iterations: (shared: readonly Int32Array[], next: () => number) => Generator<Promise<void> | null, void, undefined>,
  ): Generator<Promise<void> | null, void, undefined> {
    this.cancel();
    this.#words ??= words.map(({ byteLength }) => new Int32Array(new SharedArrayBuffer(byteLength)));
    const shared = this.#words;
    for (const [index, each] of words.entries()) shared[index].set(each);
    const turns = new Int32Array(new SharedArrayBuffer(4));
    this.#turns = turns;
    const others = this.#workers.run({ ...this.#task, key: this.#key, words: shared, turns });
    // Awaited below: until then a failure is nobody's.
    others.catch(() => undefined);
    yield* iterations(shared, () => Atomics.add(turns, 0, 1));
    yield others;
    this.#turns = null;
    for (const index of written) words[index].set(shared[index]);
  }

  /** Lets the workers take no more iterations of a run that did not come to its end. */
  cancel(): void {
    if (this.#turns === null) return;
    Atomics.store(this.#turns, 0, 2 ** 30);
    this.#turns = null;
    // They may still write to it.
    this.#words = null;
  }
}
