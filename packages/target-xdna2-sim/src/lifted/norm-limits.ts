import type { MatrixKernels } from './matrix-kernels.ts';
import type { MatrixLaunch, MatrixPanels } from './matrix-launch.ts';
import { BLOCKS_PER_REMAINDER, MOST_SLICE, NormSurvey, quantisedColumns, quantisedRows } from './narrow-quantiser.ts';

/** How long slices are, and what their norms may be, in units, on either side of a product. */
export interface NormLimits {
  readonly slice: number;
  readonly rows: number;
  readonly columns: number;
}

const SAMPLED_ROWS = 64;
/** Whole numbers that float32 holds. */
const EXACT = 2 ** 24;
/** Products of shorter slices take longer, and there are more of them to add up. */
const SLICES = [MOST_SLICE, MOST_SLICE / 2];
/** Norms come from sums in float32. */
const NORM_ERROR = 1 + 2 ** -12;
/** Limits that are tried: eighths of an octave around the middle. */
const STEPS = 32;
/** A remainder of a column is added to one sum after the other, of a row to many at once. */
const COLUMN_COST = 4;

/**
 * Limits for which few blocks have to be rounded, by a sample of both sides: what is given to one is taken from the
 * other. Null where the sample says that float32 does not pay.
 */
export function normLimits(
  kernels: MatrixKernels,
  { m, n, k, rows, columns }: MatrixLaunch,
  a: Uint16Array,
  b: Uint16Array,
): NormLimits | null {
  const allRows = rows.bases.length * m;
  const step = Math.max(1, Math.floor(allRows / SAMPLED_ROWS));
  const sampled = Int32Array.from({ length: Math.floor(allRows / step) }, (_, index) => {
    const row = index * step;
    return (rows.bases[Math.floor(row / m)] as number) + (row % m) * rows.outerStride;
  });
  const middle = columns.bases.length >> 1;
  const someColumns: MatrixPanels = { ...columns, bases: columns.bases.subarray(middle, middle + 1) };
  const values = new Float32Array(Math.max(sampled.length, n) * k);
  for (const slice of SLICES) {
    const [left, right] = [new NormSurvey(), new NormSurvey()];
    const rowValues = values.subarray(0, sampled.length * k);
    const ofRows = { limit: null, slice, survey: left };
    const ofColumns = { limit: null, slice, survey: right };
    const steps = [
      quantisedRows(kernels, a, { ...rows, bases: sampled }, 1, k, rowValues, ofRows),
      quantisedColumns(kernels, b, someColumns, n, k, values.subarray(0, n * k), ofColumns),
    ];
    for (const each of steps) while (each.next().done !== true);
    const limits = bestLimits(left, right, slice);
    if (limits !== null) return limits;
  }
  return null;
}

function bestLimits(left: NormSurvey, right: NormSurvey, slice: number): NormLimits | null {
  let best: NormLimits | null = null;
  let lowest = Number.POSITIVE_INFINITY;
  for (let index = -STEPS; index <= STEPS; index++) {
    const limits = limitsFor(Math.sqrt(EXACT) * 2 ** (index / 8), slice);
    const [ofRows, ofColumns] = [left.above(limits.rows), right.above(limits.columns)];
    if (ofRows > 1 / BLOCKS_PER_REMAINDER.rows || ofColumns > 1 / BLOCKS_PER_REMAINDER.columns) continue;
    const cost = ofRows + COLUMN_COST * ofColumns;
    if (cost >= lowest) continue;
    lowest = cost;
    best = limits;
  }
  return best;
}

/** A limit for rows, and the largest one for columns that goes with it. */
export function limitsFor(rows: number, slice: number): NormLimits {
  // In units, by how much rounding each value of a slice to the unit may add to its norm.
  const rounding = Math.sqrt(slice) / 2;
  const most = NORM_ERROR * rows + rounding;
  return { slice, rows, columns: (EXACT / most - rounding) / NORM_ERROR };
}
