import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceFailure } from './service-failure.ts';
import { unreachable } from './service-failure.ts';

export interface RetrySettings {
  readonly baseUrl: string;
  readonly maxRetries: number;
  readonly retryDelayMs: number;
  readonly maxWaitMs: number;
  readonly onWait?: ((line: string) => void) | undefined;
}

export interface Retries {
  /**
   * Waits before the request is made again: as long as the service asks for, at most `mostMs`. Throws `agent-failed` where it
   * has failed too often in a row, or the service asks for too long; rejects where the signal is aborted.
   */
  readonly wait: (
    failure: Extract<ServiceFailure, { readonly kind: 'passing' }>,
    mostMs: number,
    signal: AbortSignal | undefined,
  ) => Promise<void>;
  readonly succeeded: () => void;
}

const LONGEST_DELAY_MS = 30_000;

export function retries({ baseUrl, maxRetries, retryDelayMs, maxWaitMs, onWait }: RetrySettings): Retries {
  let failures = 0;
  return {
    succeeded: () => {
      failures = 0;
    },
    wait: async ({ problem, waitMs }, mostMs, signal) => {
      failures++;
      const asked = waitMs ?? Math.min(retryDelayMs * 2 ** (failures - 1), LONGEST_DELAY_MS);
      const { host } = new URL(baseUrl);
      if (failures > maxRetries || asked > maxWaitMs) throw unreachable(problem, failures, host);
      const waits = Math.min(asked, mostMs);
      onWait?.(`the Messages API at ${host}: ${problem}; asked again in ${Math.ceil(waits / 1000)} s`);
      // A timer may end a fraction of a millisecond early, which would leave time for one more request.
      await delay(Math.ceil(waits) + 1, undefined, signal ? { signal } : {});
    },
  };
}
