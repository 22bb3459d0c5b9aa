import type { KernelDefinition } from '../kernel/kernel-definition.ts';
import { add } from '../kernels/add.ts';
import { biasAdd } from '../kernels/bias-add.ts';
import { flashAttention } from '../kernels/flash-attention.ts';
import { gemm } from '../kernels/gemm.ts';
import { gemvAdd } from '../kernels/gemv-add.ts';
import { gemvCascade, gemvCascadeAdd } from '../kernels/gemv-cascade.ts';
import { gemv } from '../kernels/gemv.ts';
import { lmHeadGemv } from '../kernels/lm-head-gemv.ts';
import { normSwigluGemv } from '../kernels/norm-swiglu-gemv.ts';
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
  gemvAdd,
  gemvCascade,
  gemvCascadeAdd,
  lmHeadGemv,
  normSwigluGemv,
  qkNorm,
  rmsNorm,
  rope,
  siluMul,
];

/** Every kernel of the registry by name. */
export const KERNELS: ReadonlyMap<string, KernelDefinition> = new Map(
  DEFINITIONS.map((definition) => [definition.name, definition]),
);
