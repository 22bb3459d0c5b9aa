/**
 * Root-mean-square norm: `x / sqrt(mean(x²) + epsilon) · weight`, over each row.
 *
 * `x` [rows, width], `weight` [width], result [rows, width]. Sums in float64. (Zhang and Sennrich, 2019.)
 */
export function rmsNorm(x: Float32Array, weight: Float32Array, epsilon: number): Float32Array {
  const width = weight.length;
  const out = new Float32Array(x.length);
  for (let row = 0; row < x.length; row += width) {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += x[row + i] * x[row + i];
    const scale = 1 / Math.sqrt(sum / width + epsilon);
    for (let i = 0; i < width; i++) out[row + i] = x[row + i] * scale * weight[i];
  }
  return out;
}
