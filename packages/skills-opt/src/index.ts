export { bufferObjectReuse } from './buffer-object-reuse/buffer-object-reuse.ts';
export { kernelFusion } from './kernel-fusion/kernel-fusion.ts';
export { layoutAlignment } from './layout-alignment/layout-alignment.ts';
export { multiKernelMerging } from './multi-kernel-merging/multi-kernel-merging.ts';
export { OPTIMIZATION_SKILLS } from './optimization-skills.ts';
