import type { KernelDefinition } from '../kernel/kernel-definition.ts';
import { CAST_FORM, CAST_TILE } from './cast-launch.ts';
import { elementwiseKernel } from './elementwise-kernel.ts';

/** f32 to bf16: dataflows.md, 4. Alone; within a fused-cast GEMM it is the second launch. */
export const cast: KernelDefinition = elementwiseKernel({
  ...CAST_FORM,
  summary: 'c[elements] = bf16(a[elements]), a in f32',
  datapath: 'f32 to bf16 by dropping the lower half, 16 lanes at a time.',
  oddLoops: 'refused',
  largestTile: 4096,
  rank: (tile, block) => Math.abs(tile - CAST_TILE) + (block === tile && tile > 512 ? 1024 : 0),
});
