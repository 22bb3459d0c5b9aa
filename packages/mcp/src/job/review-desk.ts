import type { Checkpoint, Review, Reviewer } from '@tilewright/spec';
import { TilewrightError } from '@tilewright/spec';

/** A checkpoint that waits for the answer of a human. */
interface WaitingCheckpoint {
  /** Counts the checkpoints of a job, from 1: an answer names the one that it is about. */
  readonly number: number;
  readonly checkpoint: Checkpoint;
}

/** Where a deployment's reviewer and the client meet. */
export interface ReviewDesk {
  readonly reviewer: Reviewer;
  readonly waiting: () => WaitingCheckpoint | null;
  /** Throws `usage` where that checkpoint does not wait. */
  readonly answer: (number: number, review: Review) => void;
  /** Whether a human has turned the form for the waiting checkpoint away: asking again would only annoy. */
  readonly dismissed: () => boolean;
  readonly dismiss: (number: number) => void;
}

/** `changed` is called when a checkpoint begins or ceases to wait. */
export function reviewDesk(changed: () => void): ReviewDesk {
  let current: (WaitingCheckpoint & { readonly resolve: (review: Review) => void }) | null = null;
  let count = 0;
  let dismissed = 0;
  const settle = (review: Review): void => {
    const settled = current;
    current = null;
    settled?.resolve(review);
    changed();
  };
  return {
    reviewer: {
      review: (checkpoint, { signal } = {}) =>
        new Promise<Review>((resolve) => {
          // Not an error: the deployment keeps what it has reached, and asks again when it is resumed.
          if (signal?.aborted) return resolve({ kind: 'wait' });
          const leave = (): void => settle({ kind: 'wait' });
          signal?.addEventListener('abort', leave, { once: true });
          count++;
          current = {
            number: count,
            checkpoint,
            resolve: (review) => {
              signal?.removeEventListener('abort', leave);
              resolve(review);
            },
          };
          changed();
        }),
    },
    waiting: () => current,
    answer: (number, review) => {
      if (current?.number !== number) throw notWaiting(number, current);
      settle(review);
    },
    dismissed: () => current !== null && dismissed === current.number,
    dismiss: (number) => {
      dismissed = number;
    },
  };
}

/** Approves what passed its gate; whatever did not pass never comes to a reviewer as passed. */
export const APPROVE_ALL: Reviewer = { review: async () => ({ kind: 'approve' }) };

function notWaiting(number: number, current: WaitingCheckpoint | null): TilewrightError {
  const waits = current === null ? 'none waits for an answer' : `checkpoint ${current.number} does`;
  return new TilewrightError(
    'usage',
    `Checkpoint ${number} does not wait for an answer: ${waits}.`,
    current === null ? 'Call poll_job to see what the job does.' : 'Call poll_job, and answer that one.',
    { field: 'checkpoint', expected: current?.number ?? 'none', got: number },
  );
}
