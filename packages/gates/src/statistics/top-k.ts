/** Indices of the k largest values, largest first; of equal ones the lower index first. */
export function topK(values: Float32Array, k: number): number[] {
  const best: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (best.length === k && !(values[i] > values[best[k - 1]])) continue;
    let place = best.length;
    while (place > 0 && values[i] > values[best[place - 1]]) place--;
    best.splice(place, 0, i);
    if (best.length > k) best.pop();
  }
  return best;
}

/** How many entries two such lists share. */
export function overlap(first: readonly number[], second: readonly number[]): number {
  return first.filter((index) => second.includes(index)).length;
}
