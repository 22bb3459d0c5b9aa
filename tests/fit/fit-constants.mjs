import { CONSTANTS, loadTime, XDNA2 } from '@tilewright/target-xdna2-sim';
import { minimise } from './minimise.mjs';

/**
 * Constants that the rows do not fix: they time start and wait alone, the multiplier's rate is the device's,
 * the few rows of the cascade GEMV contradict each other, and any rate of a stream from 10 to 30 GB/s does as well.
 */
const GIVEN = new Set(['dispatchUs', 'multiplyAccumulateCycles', 'partialDotCycles', 'streamGigabytesPerSecond']);
/** Relative errors up to about this count with their square, larger ones nearly as they are: some rows contradict others. */
const TOLERANCE = 0.06;
const SQUARE_WEIGHT = 0.3;
/**
 * By kind of row. Whole dispatches fix what a launch in an ELF costs, and should not bend the kernels; a kernel without
 * gated rows may fix its own constants, and should not bend those of others.
 */
const WEIGHTS = { gated: 1, dispatch: 0.4, other: 0.1 };
/** Holds constants where they are as long as no row says otherwise. */
const INERTIA = 3e-4;

/** Time of a row's Program with given constants, in µs. */
export function estimatedUs({ load }, constants) {
  return loadTime(load, constants, XDNA2.clockMegahertz).reduce((sum, part) => sum + part.us, 0);
}

/**
 * Constants with the least robust relative error over the rows, kernels weighted by the root of their number of rows.
 * @param {import('./calibration-rows.mjs').CalibrationRow[]} rows
 * @param {Record<string, number>} start
 * @param {{ evaluations: number, seed: number }} effort
 */
export function fitConstants(rows, start, effort) {
  const counts = new Map();
  for (const { kernel } of rows) counts.set(kernel, (counts.get(kernel) ?? 0) + 1);
  const weighted = rows.map((row) => ({
    row,
    weight: WEIGHTS[row.kind] / Math.sqrt(counts.get(row.kernel)),
  }));
  const loss = (constants) => {
    const all = { ...CONSTANTS, ...constants };
    let sum = 0;
    for (const { row, weight } of weighted) {
      const error = Math.log(estimatedUs(row, all) / row.publishedUs);
      const robust = TOLERANCE ** 2 * (Math.sqrt(1 + (error / TOLERANCE) ** 2) - 1);
      sum += weight * (robust + SQUARE_WEIGHT * error ** 2);
    }
    for (const name in constants) sum += INERTIA * Math.log(constants[name] / start[name]) ** 2;
    return sum;
  };
  const free = Object.fromEntries(Object.entries(start).filter(([name]) => !GIVEN.has(name)));
  const { parameters, loss: least } = minimise(loss, free, effort);
  return { constants: { ...start, ...parameters }, loss: least };
}
