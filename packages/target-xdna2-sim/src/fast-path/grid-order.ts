import type { Launch } from '@tilewright/spec';
import { launchIterations } from '../machine/launch-iterations.ts';

/** Iterations of each grid axis in one batch: the largest divisor of its extent within `batchTiling`. */
export function batchExtents(launch: Pick<Launch, 'grid' | 'batchTiling'>): number[] {
  return launch.grid.map(({ extent }, axis) => {
    const limit = launch.batchTiling?.[axis] ?? extent;
    let divisor = Math.max(1, Math.min(limit, extent));
    while (extent % divisor !== 0) divisor--;
    return divisor;
  });
}

/** The values of the grid variables for each iteration in the order of execution, flat. */
export function gridOrder(launch: Pick<Launch, 'grid' | 'batchTiling'>): Int32Array {
  const values: number[] = [];
  for (const iteration of launchIterations(launch.grid, batchExtents(launch))) {
    for (const { variable } of launch.grid) values.push(iteration[variable] as number);
  }
  return Int32Array.from(values);
}
