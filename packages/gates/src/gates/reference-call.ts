import {
  type ForwardRequest,
  type OracleSequence,
  type Tensor,
  TilewrightError,
  throwIfAborted,
} from '@tilewright/spec';

export interface ReferenceCallRequest extends Pick<ForwardRequest, 'tokens' | 'logits' | 'signal'> {
  /** Taps that will be compared, each until `settle` is told of it. */
  readonly compared: ReadonlySet<string>;
  /** Taps that may be asked for any number of times while their layer, or the one after it, is looked at. */
  readonly fed: ReadonlySet<string>;
}

/**
 * One call of the oracle, computed no further than it is asked for and kept no longer than it is needed: it waits
 * at each tap until a later one is wanted, so that a gate holds the values of two layers and not of all. A value that
 * is still to be compared is kept, however late it is asked for.
 */
export class ReferenceCall {
  readonly #request: ReferenceCallRequest;
  readonly #toCompare: Set<string>;
  readonly #values = new Map<string, Tensor>();
  readonly #computed = new Set<string>();
  readonly #stop = new AbortController();
  readonly #finished: Promise<Tensor | null>;
  #hasEnded = false;
  #runsToEnd = false;
  #failure: unknown = null;
  #proceed: () => void = () => {};
  #arrived: () => void = () => {};

  constructor(sequence: OracleSequence, request: ReferenceCallRequest) {
    const { tokens, logits, signal, compared, fed } = request;
    this.#request = request;
    this.#toCompare = new Set(compared);
    this.#finished = sequence
      .forward({
        tokens,
        ...(logits !== undefined && { logits }),
        taps: new Set([...compared, ...fed]),
        onTap: ({ name, value }) => this.#give(name, value),
        signal: signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal,
      })
      .then(
        (result) => this.#end(result, null),
        (error: unknown) => this.#end(null, error),
      );
  }

  /** How many values are held. */
  get held(): number {
    return this.#values.size;
  }

  /** The value of a tap; undefined where it is not among those asked for, or not kept any more. Throws what the oracle throws. */
  async value(name: string): Promise<Tensor | undefined> {
    const { compared, fed } = this.#request;
    if (!compared.has(name) && !fed.has(name)) return undefined;
    while (!this.#computed.has(name) && !this.#hasEnded) {
      const arrival = new Promise<void>((resolve) => {
        const others = this.#arrived;
        this.#arrived = () => {
          others();
          resolve();
        };
      });
      this.#proceed();
      await arrival;
    }
    if (this.#failure !== null) throw this.#failure;
    this.#forgetBefore(layerOf(name) - 1);
    return this.#values.get(name);
  }

  /** The comparison of a tap is done. */
  settle(name: string): void {
    this.#toCompare.delete(name);
    if (!this.#request.fed.has(name)) this.#values.delete(name);
  }

  /** Computes the rest of the call; its logits. */
  async logits(): Promise<Tensor> {
    this.#runsToEnd = true;
    this.#proceed();
    const result = await this.#finished;
    if (this.#failure !== null) throw this.#failure;
    if (result !== null) return result;
    throw new TilewrightError('internal', 'The oracle ended without logits.', 'Report this as a bug.');
  }

  /** Ends the call where it is: the other side has failed. The oracle's sequence is as it was before. */
  async abandon(): Promise<void> {
    this.#stop.abort();
    this.#runsToEnd = true;
    this.#proceed();
    await this.#finished;
  }

  async #give(name: string, value: Tensor): Promise<void> {
    if (this.#toCompare.has(name) || this.#request.fed.has(name)) this.#values.set(name, value);
    this.#computed.add(name);
    const pause = this.#runsToEnd
      ? null
      : new Promise<void>((resolve) => {
          this.#proceed = resolve;
        });
    this.#wake();
    await pause;
    throwIfAborted(this.#stop.signal);
  }

  #end(result: Tensor | null, error: unknown): Tensor | null {
    this.#hasEnded = true;
    this.#failure = error;
    this.#wake();
    return result;
  }

  #wake(): void {
    const arrived = this.#arrived;
    this.#arrived = () => {};
    arrived();
  }

  #forgetBefore(layer: number): void {
    for (const name of this.#values.keys()) {
      if (layerOf(name) < layer && !this.#toCompare.has(name)) this.#values.delete(name);
    }
  }
}

/** The layer of a tap; −1 for those outside the layers, which are few. */
function layerOf(name: string): number {
  const layer = /^layers\.(\d+)\./.exec(name)?.[1];
  return layer === undefined ? -1 : Number(layer);
}
