/**
 * A statistic that is gathered piece by piece, so that nobody holds all of what is compared. A piece is one
 * position on both sides, of the same length and finite: `finitePair` sees to that.
 */
export interface Metric<Value> {
  add(reference: Float32Array, candidate: Float32Array): void;
  /** Of what was added so far; NaN of nothing. */
  value(): Value;
}
