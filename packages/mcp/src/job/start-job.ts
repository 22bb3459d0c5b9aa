import { TilewrightError } from '@tilewright/spec';
import type { JobHooks, JobProgress } from '../service/tilewright-service.ts';
import { type GuestDesk, guestDesk } from './guest-desk.ts';
import type { Job, JobChange, JobError, JobKind, JobState } from './job.ts';
import { type ReviewDesk, reviewDesk } from './review-desk.ts';

export interface JobPlan {
  readonly id: string;
  readonly kind: JobKind;
  readonly subject: string;
  readonly directory: string | null;
  /** Whether the client decides in it, and whether it answers at checkpoints. */
  readonly guest: boolean;
  readonly reviewed: boolean;
  readonly run: (hooks: JobHooks, desks: JobDesks) => Promise<unknown>;
}

interface JobDesks {
  readonly guest: GuestDesk | null;
  readonly reviews: ReviewDesk | null;
}

const LINES_KEPT = 200;

/** Starts it at once. Nothing that it does is thrown here: how it ended is in its state. */
export function startJob(plan: JobPlan): Job {
  const { id, kind, subject, directory } = plan;
  const controller = new AbortController();
  const listeners = new Set<(change: JobChange) => void>();
  let state: JobState = {
    ...{ status: 'running', endedAt: null, phase: null, step: null },
    ...{ lines: [], result: null, error: null },
  };
  let count = 0;
  const tell = (change: JobChange): void => {
    for (const listener of [...listeners]) listener(change);
  };
  const turn = (): void => tell({ kind: 'turn' });
  const onProgress = (progress: JobProgress): void => {
    if (state.status !== 'running') return;
    const { text, phase } = progress;
    const lines = progress.kind === 'line' ? [...state.lines, text].slice(-LINES_KEPT) : state.lines;
    const moved = phase !== null && phase !== state.phase;
    state = { ...state, lines, step: progress.kind === 'step' ? text : null, phase: phase ?? state.phase };
    count++;
    tell({ kind: 'progress', progress, count });
    if (moved) turn();
  };
  const end = (last: Pick<JobState, 'status' | 'result' | 'error'>): void => {
    state = { ...state, ...last, step: null, endedAt: new Date().toISOString() };
    turn();
  };
  const desks = { guest: plan.guest ? guestDesk(turn) : null, reviews: plan.reviewed ? reviewDesk(turn) : null };
  // In a turn of its own: whoever starts it has the job before anything happens to it.
  const ended = Promise.resolve()
    .then(() => plan.run({ signal: controller.signal, onProgress }, desks))
    .then(
      (result) => end({ status: controller.signal.aborted ? 'cancelled' : 'done', result, error: null }),
      (error: unknown) => {
        if (controller.signal.aborted) end({ status: 'cancelled', result: null, error: null });
        else end({ status: 'failed', result: null, error: jobError(error) });
      },
    );
  return {
    ...{ id, kind, subject, directory, ...desks, ended },
    startedAt: new Date().toISOString(),
    state: () => state,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    cancel: () => {
      if (state.status === 'running') controller.abort();
    },
  };
}

function jobError(error: unknown): JobError {
  if (TilewrightError.isInstance(error)) return { code: error.code, message: error.message, remedy: error.remedy };
  return {
    code: 'internal',
    message: error instanceof Error ? error.message : String(error),
    remedy: 'This is a bug in Tilewright: please report it.',
  };
}
