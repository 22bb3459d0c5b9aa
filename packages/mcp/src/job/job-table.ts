import { randomBytes } from 'node:crypto';
import { TilewrightError } from '@tilewright/spec';
import type { Job } from './job.ts';
import { type JobPlan, startJob } from './start-job.ts';

/** More would only take the processor from each other. */
const MOST_RUNNING = 4;
/** Of those that have ended, the last are kept to be asked about. */
const ENDED_KEPT = 50;
/** How long the end of the server waits for running jobs to end in order. */
const CLOSING_MS = 15_000;

/** The jobs of a server, shared by all its clients. */
export class JobTable {
  readonly #jobs = new Map<string, Job>();
  readonly #listeners = new Set<(job: Job, isNew: boolean) => void>();
  #closed = false;

  /** Throws `usage` where too many run, where another one works in that directory, and once the server ends. */
  start(plan: Omit<JobPlan, 'id'>): Job {
    const running = this.list().filter((job) => job.state().status === 'running');
    if (this.#closed) throw refusal('The server is ending.', 'Start the server again.');
    if (running.length >= MOST_RUNNING) {
      throw refusal(
        `${MOST_RUNNING} jobs are running: ${running.map(({ id }) => id).join(', ')}.`,
        'Wait for one of them with poll_job, or end one with cancel_job.',
      );
    }
    const rival = plan.directory === null ? undefined : running.find(({ directory }) => directory === plan.directory);
    if (rival !== undefined) {
      throw refusal(
        `${rival.id} is at work in ${plan.directory}.`,
        `Follow it with poll_job, end it with cancel_job, or name another directory.`,
      );
    }
    const job = startJob({ ...plan, id: `${plan.kind}-${randomBytes(3).toString('hex')}` });
    this.#jobs.set(job.id, job);
    job.onChange(({ kind }) => kind === 'turn' && this.#tell(job, false));
    this.#forgetOldest();
    this.#tell(job, true);
    return job;
  }

  find(id: string): Job | null {
    return this.#jobs.get(id) ?? null;
  }

  /** Throws `usage` for a job that there is not. */
  get(id: string): Job {
    const job = this.find(id);
    if (job !== null) return job;
    const known = this.list().map((each) => each.id);
    throw refusal(
      `There is no job ${JSON.stringify(id)}.`,
      known.length === 0
        ? 'Nothing has been started since this server began: start_deployment, start_evaluation and start_estimate do. A deployment of an earlier server goes on when start_deployment is given its directory.'
        : `There are ${known.join(', ')}.`,
    );
  }

  /** Oldest first. */
  list(): readonly Job[] {
    return [...this.#jobs.values()];
  }

  /** To be told of every job that begins or takes a turn. */
  onChange(listener: (job: Job, isNew: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends all jobs in order: what they have reached is in their workspaces. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.list()) job.cancel();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSING_MS);
    });
    await Promise.race([Promise.all(this.list().map(({ ended }) => ended)), late]);
    clearTimeout(timer);
  }

  #tell(job: Job, isNew: boolean): void {
    for (const listener of [...this.#listeners]) listener(job, isNew);
  }

  #forgetOldest(): void {
    const ended = this.list().filter((job) => job.state().status !== 'running');
    for (const job of ended.slice(0, Math.max(0, ended.length - ENDED_KEPT))) this.#jobs.delete(job.id);
  }
}

function refusal(message: string, remedy: string): TilewrightError {
  return new TilewrightError('usage', message, remedy);
}
