/**
 * out[m, n] = x[m, k] · w[n, k]ᵀ in float64, each sum over ascending k from 0: what the matrix kernels
 * compute, whatever the exponents. Used without an engine.
 */
export function multiplyInOrder(
  x: Float64Array,
  w: Float64Array,
  out: Float64Array,
  m: number,
  n: number,
  k: number,
): void {
  // Four rows by two columns at a time: eight sums and six operands stay in registers.
  for (let row = 0; row < m; row += 4) {
    const r1 = Math.min(row + 1, m - 1);
    const r2 = Math.min(row + 2, m - 1);
    const r3 = Math.min(row + 3, m - 1);
    for (let column = 0; column < n; column += 2) {
      const c1 = Math.min(column + 1, n - 1);
      let s00 = 0;
      let s01 = 0;
      let s10 = 0;
      let s11 = 0;
      let s20 = 0;
      let s21 = 0;
      let s30 = 0;
      let s31 = 0;
      let a0 = row * k;
      let a1 = r1 * k;
      let a2 = r2 * k;
      let a3 = r3 * k;
      let b1 = c1 * k;
      for (let b0 = column * k, end = b0 + k; b0 < end; b0++, b1++, a0++, a1++, a2++, a3++) {
        const y0 = w[b0] as number;
        const y1 = w[b1] as number;
        const x0 = x[a0] as number;
        const x1 = x[a1] as number;
        const x2 = x[a2] as number;
        const x3 = x[a3] as number;
        s00 += x0 * y0;
        s01 += x0 * y1;
        s10 += x1 * y0;
        s11 += x1 * y1;
        s20 += x2 * y0;
        s21 += x2 * y1;
        s30 += x3 * y0;
        s31 += x3 * y1;
      }
      out[r3 * n + c1] = s31;
      out[r3 * n + column] = s30;
      out[r2 * n + c1] = s21;
      out[r2 * n + column] = s20;
      out[r1 * n + c1] = s11;
      out[r1 * n + column] = s10;
      out[row * n + c1] = s01;
      out[row * n + column] = s00;
    }
  }
}
