/** √(Σ x² / n) over `values[from, to)`; 0 of nothing. */
export function rootMeanSquare(values: Float32Array, from = 0, to: number = values.length): number {
  if (to <= from) return 0;
  let squares = 0;
  for (let i = from; i < to; i++) squares += values[i] * values[i];
  return Math.sqrt(squares / (to - from));
}
