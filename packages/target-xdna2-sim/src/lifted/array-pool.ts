const KEPT = 8;

/** Memory that is used again: fresh pages cost more than what is computed in them. */
export class ArrayPool<Values extends Float32Array | Float64Array> {
  readonly #create: (elements: number) => Values;
  readonly #free: Values[] = [];

  constructor(create: (elements: number) => Values) {
    this.#create = create;
  }

  /** Memory of at least `elements`, with whatever was left there. Whoever takes it gives it back. */
  take(elements: number): Values {
    let best = -1;
    for (const [index, array] of this.#free.entries()) {
      if (array.length < elements) continue;
      if (best < 0 || array.length < (this.#free[best] as Values).length) best = index;
    }
    if (best >= 0) return this.#free.splice(best, 1)[0] as Values;
    return this.#create(elements);
  }

  give(array: Values): void {
    const free = this.#free;
    free.push(array);
    if (free.length <= KEPT) return;
    // The smallest is the cheapest to allocate again.
    const smallest = free.reduce(
      (least, { length }, index) => (length < (free[least] as Values).length ? index : least),
      0,
    );
    free.splice(smallest, 1);
  }
}
