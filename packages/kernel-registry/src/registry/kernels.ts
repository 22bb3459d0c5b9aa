import type { KernelDefinition } from '../kernel/kernel-definition.ts';
import { add } from '../kernels/add.ts';
import { biasAdd } from '../kernels/bias-add.ts';
import { flashAttention } from '../kernels/flash-attention.ts';
import { gemm } from '../kernels/gemm.ts';
import { gemv } from '../kernels/gemv.ts';
import { lmHeadGemv } from '../kernels/lm-head-gemv.ts';
import { qkNorm } from '../kernels/qk-norm.ts';
import { rmsNorm } from '../kernels/rms-norm.ts';
import { rope } from '../kernels/rope.ts';
import { siluMul } from '../kernels/silu-mul.ts';

const DEFINITIONS: readonly KernelDefinition[] = [
  add,
  biasAdd,
  flashAttention,
  gemm,
  gemv,
  lmHeadGemv,
  qkNorm,
  rmsNorm,
  rope,
  siluMul,
];

/** Every kernel of the registry by name. */
export const KERNELS: ReadonlyMap<string, KernelDefinition> = new Map(
  DEFINITIONS.map((definition) => [definition.name, definition]),
);
