/** Adds one vector to every row: `x` [rows, width], `bias` [width], result [rows, width]. */
export function biasAdd(x: Float32Array, bias: Float32Array): Float32Array {
  const width = bias.length;
  const out = new Float32Array(x.length);
  for (let row = 0; row < x.length; row += width) {
    for (let i = 0; i < width; i++) out[row + i] = x[row + i] + bias[i];
  }
  return out;
}
