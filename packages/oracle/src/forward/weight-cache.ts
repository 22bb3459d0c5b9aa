import type { Tensor, WeightSource } from '@tilewright/spec';
import type { WeightRows } from '../ops/linear.ts';
import type { RowSource } from '../weights/model-weights.ts';

/** How much of a matrix that is not kept is held at a time, in bytes of FP32. */
const PART_BYTES = 64 * 1024 * 1024;

/**
 * The weights as a forward pass takes them: what fits into `capacityBytes` of FP32 is kept, the rest
 * is read each time, in parts. What has been kept stays: every pass reads the weights in the same
 * order, and a least-recently-used cache that is smaller than the model would never hit.
 */
export class WeightCache {
  readonly #source: WeightSource;
  readonly #kept = new Map<string, Promise<Tensor>>();
  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  #freeBytes: number;

  constructor(source: WeightSource, capacityBytes: number) {
    this.#source = source;
    this.#shapes = new Map(source.list().map(({ name, shape }) => [name, shape]));
    this.#freeBytes = capacityBytes;
  }

  /** A whole weight, flat. */
  async whole(name: string, signal?: AbortSignal): Promise<Float32Array> {
    return (await (this.#keep(name) ?? this.#source.read(name, signal))).data;
  }

  /** One row of a matrix: the embedding of a token. */
  async row(name: string, row: number, signal?: AbortSignal): Promise<Float32Array> {
    return (await this.#rows(name, row, 1, signal)).data;
  }

  /**
   * A matrix [outputs, width] in blocks of rows, first to last, each of at most `maximumRows` and of a
   * size that can be held.
   */
  async *blocks(name: string, maximumRows: number, signal?: AbortSignal): AsyncGenerator<WeightRows> {
    const [outputs, width] = this.#shapes.get(name) ?? (await this.#source.read(name, signal)).shape;
    const step = Math.max(1, Math.min(maximumRows, Math.floor(PART_BYTES / 4 / width)));
    for (let first = 0; first < outputs; first += step) {
      yield await this.#rows(name, first, Math.min(step, outputs - first), signal);
    }
  }

  async #rows(name: string, first: number, rows: number, signal?: AbortSignal): Promise<WeightRows> {
    const kept = this.#keep(name);
    if (kept === undefined && hasRows(this.#source)) {
      return { data: (await this.#source.readRows(name, first, rows, signal)).data, first, rows };
    }
    const { data, shape } = await (kept ?? this.#source.read(name, signal));
    return { data: data.subarray(first * shape[1], (first + rows) * shape[1]), first, rows };
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
