import { ArrayPool } from './array-pool.ts';

const pool = new ArrayPool<Float64Array>((elements) => new Float64Array(elements));

/** Memory of at least `elements`, with whatever was left there. Whoever takes it gives it back. */
export function takeFloat64(elements: number): Float64Array {
  return pool.take(elements);
}

export function giveFloat64(array: Float64Array): void {
  pool.give(array);
}
