/** Cosines and sines of consecutive positions, each [tokens, headDim / 2]. */
export interface RopeTable {
  readonly cosines: Float32Array;
  readonly sines: Float32Array;
}

/** The table for positions `position` … `position + tokens − 1`; angles are products in float32, as Hugging Face's. */
export function ropeTable(frequencies: Float32Array, position: number, tokens: number): RopeTable {
  const pairs = frequencies.length;
  const cosines = new Float32Array(tokens * pairs);
  const sines = new Float32Array(tokens * pairs);
  for (let t = 0; t < tokens; t++) {
    for (let pair = 0; pair < pairs; pair++) {
      const angle = Math.fround((position + t) * frequencies[pair]);
      cosines[t * pairs + pair] = Math.cos(angle);
      sines[t * pairs + pair] = Math.sin(angle);
    }
  }
  return { cosines, sines };
}

/**
 * Rotary embedding in the half-split layout: element i of a head is paired with element i + headDim/2,
 * and each pair is turned by its angle at the token's position. (Su et al., 2021; the layout is
 * Hugging Face's `rotate_half`.)
 *
 * `x` [tokens, heads, headDim], result as `x`.
 */
export function rope(x: Float32Array, table: RopeTable, heads: number, headDim: number): Float32Array {
  const half = headDim / 2;
  const tokens = x.length / (heads * headDim);
  const out = new Float32Array(x.length);
  for (let t = 0; t < tokens; t++) {
    for (let head = 0; head < heads; head++) {
      const start = (t * heads + head) * headDim;
      for (let i = 0; i < half; i++) {
        const cosine = table.cosines[t * half + i];
        const sine = table.sines[t * half + i];
        const low = x[start + i];
        const high = x[start + half + i];
        out[start + i] = low * cosine - high * sine;
        out[start + half + i] = high * cosine + low * sine;
      }
    }
  }
  return out;
}
