import { addBf16 } from './add-bf16.ts';
import { castF32Bf16 } from './cast-f32-bf16.ts';
import { gemvBf16 } from './gemv-bf16.ts';
import { matmulBfp16Bf16, matmulBfp16F32 } from './matmul-bfp16.ts';
import type { MicrokernelImplementation } from './microkernel.ts';
import { zero } from './zero.ts';

/** The arithmetic of every microkernel that this target has, by the name of its signature. */
export const IMPLEMENTATIONS: ReadonlyMap<string, MicrokernelImplementation> = new Map<
  string,
  MicrokernelImplementation
>([
  ['add-bf16', addBf16],
  ['cast-f32-bf16', castF32Bf16],
  ['gemv-bf16', gemvBf16],
  ['matmul-bfp16-bf16', matmulBfp16Bf16],
  ['matmul-bfp16-f32', matmulBfp16F32],
  ['zero-bf16', zero],
  ['zero-f32', zero],
]);
