/**
 * Runs one program again and again. `start` binds the arguments (32-bit words of device memory, in
 * the program's order); `advance` goes on until done (true) or until about `budgetMs` have passed,
 * and throws `RuntimeFault`.
 */
export interface Executor {
  start(argumentWords: readonly Int32Array[]): void;
  advance(budgetMs: number): boolean;
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
      while (running < launches.length) {
        if (!launches[running].advance(deadline - performance.now())) return false;
        running++;
        launches[running]?.start(bound);
        if (performance.now() > deadline) return running === launches.length;
      }
      return true;
    },
  };
}
