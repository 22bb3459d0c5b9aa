import type { Agent, DecideOptions, Decision, Instruments, Observation } from '@tilewright/spec';
import { TilewrightError } from '@tilewright/spec';

/** An observation that waits for the client's decision. */
export interface WaitingObservation {
  /** Counts the observations of a job, from 1: a decision names the one that it is about. */
  readonly number: number;
  readonly observation: Observation;
  readonly instruments: Instruments | null;
  readonly remaining: DecideOptions['remaining'] | null;
}

/** Where a deployment's agent and the client meet: the agent lays down what it sees, the client what it decides. */
export interface GuestDesk {
  readonly agent: Agent;
  readonly waiting: () => WaitingObservation | null;
  /** How many observations there have been. */
  readonly count: () => number;
  /** Throws `usage` where that observation does not wait: not yet, no more, or decided already. */
  readonly decide: (number: number, decision: Decision) => void;
}

/** `changed` is called when an observation begins or ceases to wait. */
export function guestDesk(changed: () => void): GuestDesk {
  let current: (WaitingObservation & { readonly resolve: (decision: Decision) => void }) | null = null;
  let count = 0;
  const agent: Agent = {
    specificationVersion: 'v1',
    id: 'guest',
    decide: (observation, { signal, instruments, remaining } = {}) =>
      new Promise<Decision>((resolve, reject) => {
        if (signal?.aborted) return reject(stopped());
        const leave = (): void => {
          current = null;
          changed();
          reject(stopped());
        };
        signal?.addEventListener('abort', leave, { once: true });
        count++;
        current = {
          number: count,
          observation,
          instruments: instruments ?? null,
          remaining: remaining ?? null,
          resolve: (decision) => {
            signal?.removeEventListener('abort', leave);
            resolve(decision);
          },
        };
        changed();
      }),
  };
  return {
    agent,
    waiting: () => current,
    count: () => count,
    decide: (number, decision) => {
      const decided = current;
      if (decided === null || decided.number !== number) throw notWaiting(number, decided, count);
      current = null;
      decided.resolve(decision);
      changed();
    },
  };
}

function stopped(): TilewrightError {
  return new TilewrightError('aborted', 'The work was cancelled.', 'Start the deployment again to continue.');
}

function notWaiting(number: number, current: WaitingObservation | null, count: number): TilewrightError {
  const waits = current === null ? 'no observation waits now' : `observation ${current.number} waits now`;
  const what =
    number > count ? `There is no observation ${number} yet` : `Observation ${number} has been decided already`;
  return new TilewrightError(
    'usage',
    `${what}: ${waits}.`,
    current === null ? 'Call observe with waitMs until there is another.' : 'Call observe, and decide about that one.',
    { field: 'observation', expected: current?.number ?? 'none', got: number },
  );
}
