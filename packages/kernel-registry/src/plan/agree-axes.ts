import { type ModelSpec, type OpNode, TilewrightError } from '@tilewright/spec';
import { type Axes, trueAxes } from './axes.ts';
import { opKernel } from './op-kernel.ts';
import type { KernelPlanner } from './registry-kernel.ts';

/** Rounds of growing before we believe that the kernels' paddings do not meet. */
const MAX_ROUNDS = 32;

/**
 * The smallest axes found on which every kernel of the section is legal. Kernels pad differently, and an
 * axis belongs to several of them: grow it to what each of them asks for until none asks for more.
 * Throws `shape-unsupported` where that does not end, and what `planKernel` throws.
 */
export function agreeAxes(
  ops: readonly OpNode[],
  model: ModelSpec,
  plan: KernelPlanner,
  rows: number,
  phase: 'prefill' | 'decode',
): Axes {
  let axes = trueAxes(model, rows);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = axes;
    for (const op of ops) {
      const wanted = opKernel(op, model, axes, phase);
      axes = wanted.widened(plan(wanted.kernel, wanted.shape).shape);
    }
    if (phase === 'decode' && axes.rows !== 1) {
      throw new TilewrightError(
        'shape-unsupported',
        `A decode kernel asks for ${axes.rows} rows instead of one.`,
        'Give the kernel a configuration for a single row.',
        { expected: 1, got: axes.rows },
      );
    }
    if (sameAxes(before, axes)) return axes;
  }
  throw new TilewrightError(
    'shape-unsupported',
    `The kernels do not agree on padded sizes for a hidden size of ${model.hiddenSize} and ${rows} rows.`,
    'Report the model: its sizes need a kernel that pads less.',
    { got: JSON.stringify(axes) },
  );
}

function sameAxes(a: Axes, b: Axes): boolean {
  return (Object.keys(a) as (keyof Axes)[]).every((name) => a[name] === b[name]);
}
