/** RMSNorm of one row: x / √(mean(x²) + ε) · weight, FP32 with the sum in float64. */
export function finalNorm(row: Float32Array, weight: Float32Array, epsilon: number): Float32Array {
  let sum = 0;
  for (const value of row) sum += value * value;
  const scale = 1 / Math.sqrt(sum / row.length + epsilon);
  return row.map((value, i) => value * scale * weight[i]);
}
