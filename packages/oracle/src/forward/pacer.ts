import { setImmediate } from 'node:timers/promises';
import { throwIfAborted } from '@tilewright/spec';

/** How long a computation may keep the event loop, in milliseconds: short enough for Ctrl-C to feel at once. */
const SLICE_MS = 20;

/**
 * Lets timers and signals through between pieces of work, and throws `aborted` if one asked to stop.
 * Without this an abort would not even be heard before the whole pass is done.
 */
export class Pacer {
  readonly #signal: AbortSignal | undefined;
  #since: number = performance.now();

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  async pause(): Promise<void> {
    if (performance.now() - this.#since > SLICE_MS) {
      await setImmediate();
      this.#since = performance.now();
    }
    throwIfAborted(this.#signal);
  }
}
