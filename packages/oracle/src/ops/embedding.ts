/**
 * Looks rows up: `out[t] = table[tokens[t]]`.
 *
 * `rows` are the rows that were read for the tokens, one per token; shape [tokens, hidden].
 */
export function embedding(rows: readonly Float32Array[], hidden: number): Float32Array {
  const out = new Float32Array(rows.length * hidden);
  rows.forEach((row, token) => {
    out.set(row, token * hidden);
  });
  return out;
}
