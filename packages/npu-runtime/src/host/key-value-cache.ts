/** Keys and values of one layer, [positions, heads · headDim] each, in FP32. It grows as positions come. */
export class KeyValueCache {
  readonly #width: number;
  #keys: Float32Array = new Float32Array(0);
  #values: Float32Array = new Float32Array(0);

  /** `width` is heads · headDim of keys, and of values. */
  constructor(width: number) {
    this.#width = width;
  }

  get keys(): Float32Array {
    return this.#keys;
  }

  get values(): Float32Array {
    return this.#values;
  }

  /** Writes rows from `position` on; what was there is replaced. */
  write(position: number, keys: Float32Array, values: Float32Array): void {
    const start = position * this.#width;
    const needed = start + keys.length;
    if (needed > this.#keys.length) {
      const capacity = Math.max(needed, 2 * this.#keys.length);
      this.#keys = grown(this.#keys, capacity);
      this.#values = grown(this.#values, capacity);
    }
    this.#keys.set(keys, start);
    this.#values.set(values, start);
  }
}

function grown(array: Float32Array, length: number): Float32Array {
  const larger = new Float32Array(length);
  larger.set(array);
  return larger;
}
