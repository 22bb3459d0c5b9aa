import type { KernelDefinition } from '../kernel/kernel-definition.ts';
import { add } from '../kernels/add.ts';
import { biasAdd } from '../kernels/bias-add.ts';
import { cast } from '../kernels/cast.ts';
import { flashAttention } from '../kernels/flash-attention.ts';
import { gelu } from '../kernels/gelu.ts';
import { gemm } from '../kernels/gemm.ts';
import { gemmF32 } from '../kernels/gemm-f32.ts';
import { gemv } from '../kernels/gemv.ts';
import { gemvAdd } from '../kernels/gemv-add.ts';
import { gemvCascade, gemvCascadeAdd } from '../kernels/gemv-cascade.ts';
import { layerNorm } from '../kernels/layer-norm.ts';
import { lmHeadGemv } from '../kernels/lm-head-gemv.ts';
import { normSwigluGemv } from '../kernels/norm-swiglu-gemv.ts';
import { qkNorm } from '../kernels/qk-norm.ts';
import { rmsNorm } from '../kernels/rms-norm.ts';
import { rmsNormBf16Sum } from '../kernels/rms-norm-bf16-sum.ts';
import { rope } from '../kernels/rope.ts';
import { siluMul } from '../kernels/silu-mul.ts';
import { temporalAttention } from '../kernels/temporal-attention.ts';

const DEFINITIONS: readonly KernelDefinition[] = [
  add,
  biasAdd,
  cast,
  flashAttention,
  gelu,
  gemm,
  gemmF32,
  gemv,
  gemvAdd,
  gemvCascade,
  gemvCascadeAdd,
  layerNorm,
  lmHeadGemv,
  normSwigluGemv,
  qkNorm,
  rmsNorm,
  rmsNormBf16Sum,
  rope,
  siluMul,
  temporalAttention,
];

/** Every kernel of the registry by name. */
export const KERNELS: ReadonlyMap<string, KernelDefinition> = new Map(
  DEFINITIONS.map((definition) => [definition.name, definition]),
);
