import type { Oracle, Tap } from '@tilewright/spec';
import ndarray from 'ndarray';

/** A tap as an n-dimensional view: `value.get(token, head, i)`, `value.pick(token, null)`. */
export interface TapView {
  readonly name: string;
  readonly value: ndarray.NdArray<Float32Array>;
}

export interface TapsOptions {
  /** Which positions the tap `logits` has. Default `all`. */
  readonly logits?: 'last' | 'all';
  readonly signal?: AbortSignal;
}

/**
 * Runs a prefill of `tokens` and yields the named taps (or all) in execution order, each as it is
 * computed: the pass waits while a tap is looked at, and ends when the loop is left. Throws what
 * `forward` throws.
 */
export async function* taps(
  oracle: Oracle,
  tokens: readonly number[],
  names: Iterable<string> | 'all' = 'all',
  options: TapsOptions = {},
): AsyncGenerator<TapView, void, undefined> {
  const left = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, left.signal]) : left.signal;
  const handover = new Handover();
  const pass = oracle
    .start()
    .forward({
      tokens,
      taps: names === 'all' ? 'all' : new Set(names),
      logits: options.logits ?? 'all',
      onTap: (tap) => handover.give(tap),
      signal,
    })
    .then(
      () => handover.end(),
      (error: unknown) => handover.end(error),
    );
  try {
    for (let tap = await handover.take(); tap !== undefined; tap = await handover.take()) {
      yield { name: tap.name, value: ndarray(tap.value.data, [...tap.value.shape]) };
    }
  } finally {
    left.abort();
    handover.release();
    await pass;
  }
}

/** Hands taps from the pass that computes them to the loop that reads them, one at a time. */
class Handover {
  #offered: Tap | undefined;
  #ended = false;
  #released = false;
  #error: unknown;
  #wakeTaker: () => void = () => {};
  #wakeGiver: () => void = () => {};

  /** Resolves when the tap has been read and the next one is asked for. */
  async give(tap: Tap): Promise<void> {
    if (this.#released) return;
    this.#offered = tap;
    this.#wakeTaker();
    await new Promise<void>((resolve) => {
      this.#wakeGiver = resolve;
    });
  }

  /** The next tap; undefined after the last; throws what ended the pass. */
  async take(): Promise<Tap | undefined> {
    this.#wakeGiver();
    while (this.#offered === undefined && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wakeTaker = resolve;
      });
    }
    const tap = this.#offered;
    this.#offered = undefined;
    if (tap === undefined && this.#error !== undefined) throw this.#error;
    return tap;
  }

  end(error?: unknown): void {
    this.#ended = true;
    this.#error = error;
    this.#wakeTaker();
  }

  /** Nobody reads any more: the pass must not wait. */
  release(): void {
    this.#released = true;
    this.#wakeGiver();
  }
}
