const free: Float64Array[] = [];
const KEPT = 8;

/** Memory of at least `elements`, with whatever was left there. Whoever takes it gives it back. */
export function takeFloat64(elements: number): Float64Array {
  let best = -1;
  for (const [index, array] of free.entries()) {
    if (array.length < elements) continue;
    if (best < 0 || array.length < (free[best] as Float64Array).length) best = index;
  }
  if (best >= 0) return free.splice(best, 1)[0] as Float64Array;
  return new Float64Array(elements);
}

export function giveFloat64(array: Float64Array): void {
  free.push(array);
  if (free.length <= KEPT) return;
  // The smallest is the cheapest to allocate again.
  const smallest = free.reduce(
    (least, { length }, index) => (length < (free[least] as Float64Array).length ? index : least),
    0,
  );
  free.splice(smallest, 1);
}
