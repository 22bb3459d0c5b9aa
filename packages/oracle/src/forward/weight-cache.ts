import type { Tensor, WeightSource } from '@tilewright/spec';
import type { WeightRows } from '../ops/linear.ts';
import type { RowSource } from '../weights/model-weights.ts';

/** How much of a matrix that is not kept is held at a time, in bytes of FP32. */
const PART_BYTES = 64 * 1024 * 1024;

/** A weight for as long as it is used. */
export interface WeightLease {
  readonly data: Float32Array;
  /** The values may be overwritten from here on. */
  release(): void;
}

/**
 * The weights as a forward pass takes them: what fits into `capacityBytes` of FP32 is kept, the rest
 * is read each time, in parts. What has been kept stays: every pass reads the weights in the same
 * order, and a least-recently-used cache that is smaller than the model would never hit. What is not kept is read
 * into memory that earlier weights have left: fresh pages would cost as much as widening.
 */
export class WeightCache {
  readonly #source: WeightSource;
  readonly #kept = new Map<string, Promise<Tensor>>();
  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  readonly #left = new Map<number, Float32Array[]>();
  #freeBytes: number;

  constructor(source: WeightSource, capacityBytes: number) {
    this.#source = source;
    this.#shapes = new Map(source.list().map(({ name, shape }) => [name, shape]));
    this.#freeBytes = capacityBytes;
  }

  /** A whole weight, flat. */
  async lease(name: string, signal?: AbortSignal): Promise<WeightLease> {
    const [rows] = this.#shapes.get(name) ?? (await this.#source.read(name, signal)).shape;
    return this.#rows(name, 0, rows, signal);
  }

  /** One row of a matrix: the embedding of a token. */
  async row(name: string, row: number, signal?: AbortSignal): Promise<Float32Array> {
    return (await this.#rows(name, row, 1, signal)).data;
  }

  /**
   * A matrix [outputs, width] in blocks of rows, first to last, each of at most `maximumRows` and of a
   * size that can be held. A block is valid until the next is asked for.
   */
  async *blocks(name: string, maximumRows: number, signal?: AbortSignal): AsyncGenerator<WeightRows> {
    const [outputs, width] = this.#shapes.get(name) ?? (await this.#source.read(name, signal)).shape;
    const step = Math.max(1, Math.min(maximumRows, Math.floor(PART_BYTES / 4 / width)));
    for (let first = 0; first < outputs; first += step) {
      const rows = Math.min(step, outputs - first);
      const { data, release } = await this.#rows(name, first, rows, signal);
      yield { data, first, rows };
      release();
    }
  }

  async #rows(name: string, first: number, rows: number, signal?: AbortSignal): Promise<WeightLease> {
    const kept = this.#keep(name);
    if (kept === undefined && hasRows(this.#source)) return this.#lend(this.#source, name, first, rows, signal);
    const { data, shape } = await (kept ?? this.#source.read(name, signal));
    const width = data.length / shape[0];
    return { data: data.subarray(first * width, (first + rows) * width), release: () => {} };
  }

  async #lend(
    source: RowSource,
    name: string,
    first: number,
    rows: number,
    signal?: AbortSignal,
  ): Promise<WeightLease> {
    const elements = (this.#shapes.get(name) ?? []).slice(1).reduce((product, extent) => product * extent, rows);
    const memory = this.#left.get(elements)?.pop() ?? new Float32Array(elements);
    const { data } = await source.readRows(name, first, rows, signal, memory);
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      this.#left.set(elements, [...(this.#left.get(elements) ?? []), memory]);
    };
    return { data, release };
  }

  /** The weight if it is kept or there is room to keep it. */
  #keep(name: string): Promise<Tensor> | undefined {
    const kept = this.#kept.get(name);
    if (kept) return kept;
    const shape = this.#shapes.get(name);
    const bytes = 4 * (shape ?? []).reduce((product, extent) => product * extent, 1);
    if (shape === undefined || bytes > this.#freeBytes) return undefined;
    this.#freeBytes -= bytes;
    // Without a signal: one sequence that is cancelled must not fail another that waits for the same weight.
    const reading = this.#source.read(name).catch((error: unknown) => {
      // The next one to ask reads again.
      this.#kept.delete(name);
      this.#freeBytes += bytes;
      throw error;
    });
    this.#kept.set(name, reading);
    return reading;
  }
}

function hasRows(source: WeightSource): source is RowSource {
  return 'readRows' in source;
}
