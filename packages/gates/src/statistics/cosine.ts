/** Cosine of two vectors' angle, `values[from, to)`. Two zero vectors: 1; one: 0. */
export function cosine(ours: Float32Array, reference: Float32Array, from = 0, to: number = ours.length): number {
  let dot = 0;
  let ourSquares = 0;
  let referenceSquares = 0;
  for (let i = from; i < to; i++) {
    dot += ours[i] * reference[i];
    ourSquares += ours[i] * ours[i];
    referenceSquares += reference[i] * reference[i];
  }
  if (ourSquares === 0 || referenceSquares === 0) return ourSquares === referenceSquares ? 1 : 0;
  return dot / Math.sqrt(ourSquares * referenceSquares);
}

/** The smallest cosine of any row of `width` elements: one wrong position shows, however many are right. */
export function minRowCosine(ours: Float32Array, reference: Float32Array, width: number): number {
  let min = 1;
  for (let from = 0; from < ours.length; from += width) {
    min = Math.min(min, cosine(ours, reference, from, from + width));
  }
  return min;
}
