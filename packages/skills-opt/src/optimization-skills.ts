import type { OptimizationSkill } from '@tilewright/spec';
import { bufferObjectReuse } from './buffer-object-reuse/buffer-object-reuse.ts';
import { kernelFusion } from './kernel-fusion/kernel-fusion.ts';
import { layoutAlignment } from './layout-alignment/layout-alignment.ts';
import { multiKernelMerging } from './multi-kernel-merging/multi-kernel-merging.ts';

/** All skills of this package, in the order in which they usually gain most. */
export const OPTIMIZATION_SKILLS: readonly OptimizationSkill[] = [
  multiKernelMerging,
  bufferObjectReuse,
  layoutAlignment,
  kernelFusion,
];
