import type { MatrixLaunch } from './matrix-launch.ts';

const PIECE = 1024;
const bits = new Uint32Array(PIECE);
const rounded = new Float32Array(bits.buffer);

/**
 * Stores a row of sums, over the column panels from `firstColumn` on, where the launch wants it: rounded to f32 once,
 * and from there to bf16 where it does that.
 */
export function storeRow(
  { m, n, columns, target }: MatrixLaunch,
  memory: Float32Array | Uint16Array,
  row: number,
  firstColumn: number,
  columnCount: number,
  sums: Float64Array,
): void {
  const panel = Math.floor(row / m) * columns.bases.length;
  const within = (row % m) * target.rowStride;
  for (let column = 0; column < columnCount; column++) {
    const to = (target.bases[panel + firstColumn + column] as number) + within;
    const from = column * n;
    // Adding zero turns an engine's −0 into the 0 that a sum begins with.
    if (!target.rounds) for (let j = 0; j < n; j++) memory[to + j] = (sums[from + j] as number) + 0;
    else storeBf16(sums, from, n, memory, to);
  }
}

function storeBf16(
  sums: Float64Array,
  first: number,
  count: number,
  memory: Float32Array | Uint16Array,
  target: number,
): void {
  for (let done = 0; done < count; done += PIECE) {
    const length = Math.min(PIECE, count - done);
    const from = first + done;
    const to = target + done;
    for (let j = 0; j < length; j++) rounded[j] = (sums[from + j] as number) + 0;
    for (let j = 0; j < length; j++) {
      const word = bits[j] as number;
      // As cast-f32-bf16: nearest even, and NaN stays NaN.
      memory[to + j] =
        (word & 0x7fffffff) > 0x7f800000 ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
    }
  }
}
