/**
 * The gate of the feed-forward network: `gate · sigmoid(gate) · up`, elementwise; all three of one
 * shape. (SwiGLU; Shazeer, 2020.)
 */
export function siluMul(gate: Float32Array, up: Float32Array): Float32Array {
  const out = new Float32Array(gate.length);
  for (let i = 0; i < out.length; i++) out[i] = (gate[i] / (1 + Math.exp(-gate[i]))) * up[i];
  return out;
}
