import type { Environment, Loop } from '@tilewright/spec';

/**
 * The iterations of a launch in the order in which they run: batches row-major over the grid, and
 * row-major within each batch. `batchExtents` has one entry per grid axis and divides its extent.
 * Without axes there is one iteration.
 */
export function* launchIterations(
  grid: readonly Loop[],
  batchExtents: readonly number[],
): Generator<Environment, void, undefined> {
  const batches = grid.map((loop, axis) => loop.extent / (batchExtents[axis] as number));
  for (const batch of points(batches)) {
    for (const inner of points(batchExtents)) {
      const environment: Record<string, number> = {};
      for (const [axis, loop] of grid.entries()) {
        environment[loop.variable] = (batch[axis] as number) * (batchExtents[axis] as number) + (inner[axis] as number);
      }
      yield environment;
    }
  }
}

function* points(extents: readonly number[]): Generator<readonly number[], void, undefined> {
  if (extents.some((extent) => extent <= 0)) return;
  const point = extents.map(() => 0);
  for (;;) {
    yield point;
    let axis = extents.length - 1;
    while (axis >= 0 && point[axis] === (extents[axis] as number) - 1) point[axis--] = 0;
    if (axis < 0) return;
    point[axis] = (point[axis] as number) + 1;
  }
}
