import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { IterationAnswer, IterationTask } from './iteration-task.ts';

/** Where the built worker lies beside the built package. From sources there is none, and one thread does everything. */
const WORKER = new URL('./iteration-worker.js', import.meta.url);
/** Threads that had nothing to do for so long end; they do not keep the process from ending either. */
const IDLE_MS = 60_000;

/** Threads that help with a launch's iterations; started at the first launch that is worth it. */
export class IterationWorkers {
  readonly #count: number;
  #workers: Worker[] = [];
  #idle: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();

  /** `threads` counts the caller's own. */
  constructor(threads: number) {
    this.#count = existsSync(WORKER) ? Math.max(0, threads - 1) : 0;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * Lets every worker take iterations; resolves when none is left and all have ended theirs. One run after the other:
   * workers may still be at the last iteration of one that was given up.
   */
  run(task: IterationTask): Promise<void> {
    const run = this.#last.then(() => this.#share(task));
    this.#last = run.catch(() => undefined);
    return run;
  }

  async #share(task: IterationTask): Promise<void> {
    clearTimeout(this.#idle);
    while (this.#workers.length < this.#count) this.#workers.push(new Worker(WORKER));
    try {
      await Promise.all(this.#workers.map((worker) => answer(worker, task)));
    } catch (error) {
      await this.#end();
      throw error;
    }
    this.#idle = setTimeout(() => void this.#end(), IDLE_MS).unref();
  }

  async #end(): Promise<void> {
    const workers = this.#workers;
    this.#workers = [];
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function answer(worker: Worker, task: IterationTask): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error: Error | null): void => {
      worker.off('message', onMessage).off('error', end).off('exit', onExit);
      worker.unref();
      if (error === null) resolve();
      else reject(error);
    };
    const onMessage = ({ error }: IterationAnswer): void => end(error === null ? null : new Error(error));
    const onExit = (status: number): void => end(new Error(`A thread of the simulator ended with status ${status}.`));
    worker.on('message', onMessage).on('error', end).on('exit', onExit);
    worker.ref();
    worker.postMessage(task);
  });
}
