import type { DeviceModel, Launch, Loop } from '@tilewright/spec';
import type { Report } from './findings.ts';
import { type AroundLoop, foldShimAccess } from './fold-access.ts';
import type { Block, Node, Port } from './process-instance.ts';

/** Iterations per grid axis that one batch covers: the largest divisor of the extent up to the tiling. */
export function batchExtentsOf(launch: Launch): readonly number[] {
  const { batchTiling } = launch;
  if (batchTiling === null) return launch.grid.map(({ extent }) => extent);
  return launch.grid.map(({ extent }, axis) => {
    const limit = batchTiling[axis] as number;
    let best = 1;
    for (let divisor = 1; divisor * divisor <= extent; divisor++) {
      if (extent % divisor !== 0) continue;
      if (divisor <= limit) best = Math.max(best, divisor);
      if (extent / divisor <= limit) best = Math.max(best, extent / divisor);
    }
    return best;
  });
}

/**
 * The outer band of a tiled grid is a loop of batches whose count the published compiler takes up
 * to the repeat limit only: a launch of 1,187 batches failed and one of 192 passed
 * (`facts/kernels.json`, gemv-315 and gemv-275; that the bound is 256 is inferred).
 */
export function checkBatchCounts(
  launch: Launch,
  batches: readonly number[],
  device: DeviceModel,
  report: Report,
): void {
  if (launch.batchTiling === null) return;
  for (const [axis, { variable, extent }] of launch.grid.entries()) {
    const count = extent / (batches[axis] as number);
    if (count <= device.dma.maxRepeatCount + 1) continue;
    report({
      code: 'repeat-count-exceeded',
      resource: `batches over ${variable}`,
      needed: count - 1,
      available: device.dma.maxRepeatCount,
      unit: 'repeats',
      place: null,
      message: `The ${extent} iterations over ${variable} divide into ${count} batches of ${batches[axis]}.`,
      cure: 'Choose an extent with larger divisors, a larger batch, or cut the launch in parts.',
    });
  }
}

/**
 * Queue pushes of one shim DMA end in one batch. Where a loop holds one transfer it folds into the
 * descriptor as far as the rules allow; where it holds several, they alternate and every iteration
 * is a task of its own.
 */
export function shimTasks(
  port: Port,
  grid: readonly Loop[],
  batches: readonly number[],
  device: DeviceModel,
  report: Report,
): number {
  const label = port.instance.label;
  const around = grid.map(({ variable }, axis) => ({ variable, extent: batches[axis] as number, isGrid: true }));
  return tasksOf(port.instance.root, around, 1);

  function tasksOf(block: Block, loops: readonly AroundLoop[], unrolled: number): number {
    const mine = block.body.filter((node) => holds(node, port));
    const single = mine.length === 1;
    const all = [...loops, { variable: block.variable, extent: block.extent, isGrid: false }];
    const times = single ? unrolled : all.reduce((product, { extent }) => product * extent, unrolled);
    const inner = single ? all : [];
    let tasks = 0;
    for (const node of mine) {
      if (node.kind === 'block') {
        tasks += tasksOf(node, inner, times);
        continue;
      }
      if (node.kind !== 'transfer') continue;
      const folded = foldShimAccess(node.access, inner, port.stream.channel.format, device);
      for (const broken of folded.broken) {
        report({
          ...broken,
          resource: `shim descriptors of ${port.index}`,
          place: port.tile,
          message: `${label}, ${port.index}: ${broken.message}`,
          cure: CURES[broken.code],
        });
      }
      tasks += times * folded.tasks;
    }
    return tasks;
  }
}

const CURES = {
  'stride-exceeded': 'Use a smaller step in the outer dimension (a smaller L2 step), or split the matrix.',
  'wrap-exceeded': 'Choose sizes with divisors up to 1,023.',
  'dimensions-exceeded': 'Reorder in the memtile or in the core instead of at the shim.',
  'repeat-count-exceeded': 'Tile the launch grid into batches, or cut the launch in parts.',
} as const;

/** Whether a node has a transfer of this end. */
export function holds(node: Node, port: Port): boolean {
  if (node.kind === 'block') return node.body.some((inner) => holds(inner, port));
  return node.kind === 'transfer' && node.port === port;
}
