/**
 * One product of dense row-major matrices, or `batch` of them that lie one after the other:
 * `out[m, n] = x[m, k] · w`, where `w` is [n, k] if `transposed` (a checkpoint's layout) and else [k, n].
 * All three arrays are of one kind, float32 or float64, which is also the precision of the sums.
 */
export interface MatrixProduct<Values extends Float32Array | Float64Array = Float32Array | Float64Array> {
  readonly x: Values;
  readonly w: Values;
  /** Overwritten whole. It may not overlap the operands. */
  readonly out: Values;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposed: boolean;
  /** Default 1. */
  readonly batch?: number;
}

/**
 * Whatever multiplies matrices fastest on this machine. Sums have no promised order: two engines agree to
 * rounding, and to the bit only where every partial sum is exact. The same engine repeats its own bits.
 */
export interface MatrixEngine {
  readonly specificationVersion: 'v1';
  /** Name and version of what computes: `onnxruntime 1.30.0`. */
  readonly id: string;
  /** The arrays belong to the engine until this resolves. Throws `shape-unsupported` if lengths and sizes disagree. */
  product(product: MatrixProduct<Float32Array> | MatrixProduct<Float64Array>): Promise<void>;
  close(): Promise<void>;
}
