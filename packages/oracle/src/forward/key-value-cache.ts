import type { Tensor } from '@tilewright/spec';

/** Rotated keys and values of one layer, [length, keyValueHeads, headDim], in buffers that grow. */
export class KeyValueCache {
  readonly #heads: number;
  readonly #headDim: number;
  #keys: Float32Array = new Float32Array(0);
  #values: Float32Array = new Float32Array(0);

  constructor(heads: number, headDim: number) {
    this.#heads = heads;
    this.#headDim = headDim;
  }

  /**
   * Writes keys and values of new tokens from `position` on and returns all up to their end. What was
   * there is overwritten, so a forward pass that was cancelled can be repeated.
   */
  write(position: number, keys: Float32Array, values: Float32Array): { keys: Float32Array; values: Float32Array } {
    const start = position * this.#heads * this.#headDim;
    const end = start + keys.length;
    if (end > this.#keys.length) {
      const capacity = Math.max(end, 2 * this.#keys.length);
      this.#keys = grown(this.#keys, capacity);
      this.#values = grown(this.#values, capacity);
    }
    this.#keys.set(keys, start);
    this.#values.set(values, start);
    return { keys: this.#keys.subarray(0, end), values: this.#values.subarray(0, end) };
  }

  /** The first `length` positions. The tensors stay as they are when the sequence grows. */
  read(length: number): { keys: Tensor; values: Tensor } {
    const shape = [length, this.#heads, this.#headDim];
    const elements = length * this.#heads * this.#headDim;
    return {
      keys: { shape, data: this.#keys.slice(0, elements) },
      values: { shape, data: this.#values.slice(0, elements) },
    };
  }
}

function grown(buffer: Float32Array, capacity: number): Float32Array {
  const larger = new Float32Array(capacity);
  larger.set(buffer);
  return larger;
}
