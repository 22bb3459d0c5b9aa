import type { Launch } from '@tilewright/spec';
import { batchExtentsOf } from '../compile/shim-tasks.ts';
import { launchIterations } from '../machine/launch-iterations.ts';

/**
 * The values of the grid variables for each iteration in the order of execution, flat. The order is
 * the machine's, batch by batch: sums over iterations would differ in another.
 */
export function gridOrder(launch: Launch): Int32Array {
  const values: number[] = [];
  for (const iteration of launchIterations(launch.grid, batchExtentsOf(launch))) {
    for (const { variable } of launch.grid) values.push(iteration[variable] as number);
  }
  return Int32Array.from(values);
}
