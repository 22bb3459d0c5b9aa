import type { PublishedRow } from './published-rows.ts';
import { complete, shapeOf, type Translated, tileOf } from './row-values.ts';

/** What a builder holds against one memtile, and L1 with its stack: the limits by which open tiles are filled in. */
const [L2_BYTES, L1_BYTES, STACK_BYTES] = [524_288, 65_536, 1024];
const COLUMNS = 8;
/** Rows of a Down or O projection where a row names K only. */
const USUAL_ROWS = 2048;
const USUAL_HIDDEN = 8192;

/** Plain GEMVs. Rows that leave tiles open get the largest ones that the published builder takes. */
export function gemvRow(row: PublishedRow): Translated | null {
  const [m, k] = [shapeOf(row, 'M'), shapeOf(row, 'K')];
  if (m === undefined || k === undefined || row.tile === undefined) return null;
  const herdColumns = row.herd?.[0] ?? COLUMNS;
  const tileM = tileOf(row, 'tile_m') ?? largestTile(m, k, herdColumns);
  const mInput = tileOf(row, 'm_input') ?? largestInput(tileM, k);
  const translated = complete({ m, k }, { tileM, mInput, herdColumns, batch: 4 }, { pingPong: 'none' });
  const assumed = [
    ...(tileOf(row, 'tile_m') === undefined ? ['tileM'] : []),
    ...(tileOf(row, 'm_input') === undefined ? ['mInput'] : []),
    ...(row.herd === undefined ? ['herdColumns'] : []),
  ];
  return translated && { ...translated, assumed };
}

/** `K=8192 with ping-pong`: the Down projection with the buffers of A and x doubled. */
export function stitchedDownRow(row: PublishedRow): Translated | null {
  const k = stated(row, /K=(\d+)/);
  if (k === undefined) return null;
  const tiles = { tileM: 2, mInput: 1, herdColumns: COLUMNS, batch: 16 };
  const pingPong = row.condition?.includes('with ping-pong') ? 'L1-and-L2' : 'none';
  const translated = complete({ m: USUAL_ROWS, k }, tiles, { pingPong });
  return translated && { ...translated, assumed: ['m', ...Object.keys(tiles)] };
}

/** Cascade GEMVs; tiles that a row leaves open are those of the other rows of the same study. */
export function gemvCascadeRow(row: PublishedRow): Translated | null {
  const [m, k] = [shapeOf(row, 'M'), shapeOf(row, 'K')];
  const translated = complete(
    { m, k },
    {
      tileM: tileOf(row, 'tile_m') ?? 2,
      mInput: tileOf(row, 'm_input') ?? 2,
      herdColumns: row.herd?.[0],
      cascadeStages: tileOf(row, 'n_cascade'),
      // The variant with a residual has two descriptors per iteration, hence the smaller batches.
      batch: row.kernel === 'GEMV_cascade_add' ? 2 : 4,
    },
    { pingPong: row.ping_pong === true ? 'L1-and-L2' : 'none' },
  );
  return translated && { ...translated, assumed: tileOf(row, 'tile_m') === undefined ? ['tileM', 'mInput'] : [] };
}

/** GEMV and residual in two rows of cores; `K % 512 != 0 (e.g. 8960, …)` is read as its first example. */
export function gemvAddRow(row: PublishedRow): Translated | null {
  const example = stated(row, /e\.g\. (\d+)/);
  const k = shapeOf(row, 'K') ?? example;
  const m = shapeOf(row, 'M') ?? (example === undefined ? undefined : USUAL_ROWS);
  const translated = complete({ m, k }, { herdColumns: COLUMNS });
  return translated && { ...translated, assumed: example === undefined ? ['herdColumns'] : ['m', 'herdColumns'] };
}

/** The fused norm, gate, up and SwiGLU at a hidden size: `at emb=3072`, `emb >= 2560 needs n_cascade >= 5`. */
export function normSwigluRow(row: PublishedRow): Translated | null {
  const k = stated(row, /emb *>?= *(\d+)/);
  if (k === undefined) return null;
  const cascadeStages = stated(row, /n_cascade *>?= *(\d+)/) ?? 4;
  const tiles = { tileM: 32, mInput: 4, herdColumns: COLUMNS, batch: 16 };
  const usual = { count: k, epsilon: 1e-5 };
  const translated = complete({ hidden: USUAL_HIDDEN, k }, { ...tiles, cascadeStages }, {}, usual);
  return translated && { ...translated, assumed: ['hidden', ...Object.keys(tiles)] };
}

function stated(row: PublishedRow, pattern: RegExp): number | undefined {
  const found = row.condition?.match(pattern)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** The largest power of two that divides the rows of a column and whose panels pass the builder's L2 budget. */
function largestTile(m: number, k: number, herdColumns: number): number {
  let tile = 2;
  while (m % (2 * tile * herdColumns) === 0 && herdColumns * 2 * tile * (k + 1) * 2 <= L2_BYTES) tile *= 2;
  return tile;
}

/** The largest divisor of a tile whose rows fit L1 beside the vector and the outputs. */
function largestInput(tileM: number, k: number): number {
  for (let input = tileM; input > 1; input--) {
    if (tileM % input === 0 && (input + 1) * k * 2 + tileM * 2 + STACK_BYTES <= L1_BYTES) return input;
  }
  return 1;
}
