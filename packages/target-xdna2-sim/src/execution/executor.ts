/**
 * Runs one program again and again. `start` binds the arguments (32-bit words of device memory, in
 * the program's order); `advance` goes on until done (true) or until about `budgetMs` have passed or
 * something has to be awaited, and throws `RuntimeFault`.
 */
export interface Executor {
  start(argumentWords: readonly Int32Array[]): void;
  advance(budgetMs: number): boolean | Promise<boolean>;
  /** Ends what other threads do for a run that will not be advanced any more. */
  cancel?(): void;
}

/** Runs the executors of a program's launches strictly one after another. */
export function sequence(launches: readonly Executor[]): Executor {
  let running = 0;
  let bound: readonly Int32Array[] = [];
  return {
    start(argumentWords) {
      bound = argumentWords;
      running = 0;
      launches[0]?.start(bound);
    },
    advance(budgetMs) {
      const deadline = performance.now() + budgetMs;
      const next = (): void => {
        running++;
        launches[running]?.start(bound);
      };
      while (running < launches.length) {
        const advanced = launches[running].advance(deadline - performance.now());
        if (typeof advanced !== 'boolean') {
          return advanced.then((done) => {
            if (done) next();
            return running === launches.length;
          });
        }
        if (!advanced) return false;
        next();
        if (performance.now() > deadline) return running === launches.length;
      }
      return true;
    },
    cancel() {
      for (const launch of launches) launch.cancel?.();
    },
  };
}
