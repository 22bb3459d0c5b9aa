import type { MicrokernelSignature } from '../program/microkernel.ts';
import { addBf16 } from './add-bf16.ts';
import { castF32Bf16 } from './cast-f32-bf16.ts';
import { gemvBf16 } from './gemv-bf16.ts';
import { matmulBfp16Bf16 } from './matmul-bfp16-bf16.ts';
import { matmulBfp16F32 } from './matmul-bfp16-f32.ts';
import { zeroBf16 } from './zero-bf16.ts';
import { zeroF32 } from './zero-f32.ts';

const SIGNATURES: readonly MicrokernelSignature[] = [
  addBf16,
  castF32Bf16,
  gemvBf16,
  matmulBfp16Bf16,
  matmulBfp16F32,
  zeroBf16,
  zeroF32,
];

/** Every microkernel that a Program may call, by name. */
export const MICROKERNELS: ReadonlyMap<string, MicrokernelSignature> = new Map(
  SIGNATURES.map((signature) => [signature.name, signature]),
);
