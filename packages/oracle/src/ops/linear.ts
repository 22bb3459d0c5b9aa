/** A block of a matrix's rows, [rows, width], of which `first` is the number of the first row. */
export interface WeightRows {
  readonly data: Float32Array;
  readonly first: number;
  readonly rows: number;
}

/**
 * Matrix product with a weight in the checkpoint's layout: `out[t, o] = Σ_k x[t, k] · weight[o, k]`,
 * for the outputs `o` whose rows are given, so that a large weight can be taken in parts.
 *
 * `x` [tokens, width], `out` [tokens, outputs]. Each element is one float64 sum in the order of k,
 * whatever the number of tokens and however the rows are split: prefill and decode agree to the bit.
 */
export function linear(x: Float32Array, weight: WeightRows, width: number, out: Float32Array, outputs: number): void {
  const tokens = x.length / width;
  const { data: w, first, rows } = weight;
  let row = 0;
  // Four outputs at a time: four independent sums keep the adder busy, and each x[t, k] is loaded once.
  for (; row + 3 < rows; row += 4) {
    const w0 = row * width;
    const w1 = w0 + width;
    const w2 = w1 + width;
    const w3 = w2 + width;
    for (let t = 0; t < tokens; t++) {
      const xt = t * width;
      let sum0 = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      for (let k = 0; k < width; k++) {
        const value = x[xt + k];
        sum0 += value * w[w0 + k];
        sum1 += value * w[w1 + k];
        sum2 += value * w[w2 + k];
        sum3 += value * w[w3 + k];
      }
      const o = t * outputs + first + row;
      out[o] = sum0;
      out[o + 1] = sum1;
      out[o + 2] = sum2;
      out[o + 3] = sum3;
    }
  }
  for (; row < rows; row++) {
    for (let t = 0; t < tokens; t++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += x[t * width + k] * w[row * width + k];
      out[t * outputs + first + row] = sum;
    }
  }
}
