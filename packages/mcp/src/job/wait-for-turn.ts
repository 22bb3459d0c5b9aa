import { type Job, type JobChange, needOf } from './job.ts';

export interface TurnWait {
  readonly waitMs: number;
  /** Of the request that waits. */
  readonly signal: AbortSignal;
  readonly onChange?: (change: JobChange) => void;
}

/**
 * Resolves when the job takes a turn (its status, phase or need changes), when it needs something or has ended already, after
 * `waitMs`, or when the request is given up.
 */
export async function waitForTurn(job: Job, { waitMs, signal, onChange }: TurnWait): Promise<void> {
  const settled = (): boolean => job.state().status !== 'running' || needOf(job) !== 'nothing';
  if (settled() || waitMs === 0 || signal.aborted) return;
  await new Promise<void>((resolve) => {
    const stop = job.onChange((change) => {
      if (change.kind === 'turn') done();
      else onChange?.(change);
    });
    const timer = setTimeout(done, waitMs);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      stop();
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
