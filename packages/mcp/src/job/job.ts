import type { JobProgress } from '../service/tilewright-service.ts';
import type { GuestDesk } from './guest-desk.ts';
import type { ReviewDesk } from './review-desk.ts';

export type JobKind = 'deployment' | 'evaluation' | 'estimate';

/** `failed` is for what could not be done at all; a gate that did not pass is in the result of a job that is `done`. */
export type JobStatus = 'running' | 'done' | 'failed' | 'cancelled';

export interface JobError {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** Something long that was started, and how to see what became of it. */
export interface Job {
  readonly id: string;
  readonly kind: JobKind;
  /** The model or workspace that it is about, as the client named it. */
  readonly subject: string;
  /** Absolute; null where it has no workspace. */
  readonly directory: string | null;
  readonly startedAt: string;
  readonly guest: GuestDesk | null;
  readonly reviews: ReviewDesk | null;
  readonly state: () => JobState;
  /** Takes a function to be called at every change, and gives one that ends that. */
  readonly onChange: (listener: (change: JobChange) => void) => () => void;
  /** Asks it to end in order. Does nothing to a job that has ended. */
  readonly cancel: () => void;
  /** Resolves when it has ended, however that was. */
  readonly ended: Promise<void>;
}

export interface JobState {
  readonly status: JobStatus;
  readonly endedAt: string | null;
  /** Of a deployment, that which runs. */
  readonly phase: number | null;
  /** What goes on now; null before anything does and after the end. */
  readonly step: string | null;
  /** What has finished, oldest first; only the last ones are kept. */
  readonly lines: readonly string[];
  readonly result: unknown;
  readonly error: JobError | null;
}

export type JobChange =
  /** `count` counts all of them, kept or not. */
  | { readonly kind: 'progress'; readonly progress: JobProgress; readonly count: number }
  /** Phase, status, or what it needs. */
  | { readonly kind: 'turn' };

/** What the job waits for from the client. */
export type Need = 'decision' | 'approval' | 'nothing';

export function needOf({ guest, reviews }: Job): Need {
  if (reviews?.waiting()) return 'approval';
  return guest?.waiting() ? 'decision' : 'nothing';
}
