import { addBf16 } from './add-bf16.ts';
import { addF32 } from './add-f32.ts';
import { addRowsBf16 } from './add-rows-bf16.ts';
import { attentionMask } from './attention-mask.ts';
import { attentionMerge } from './attention-merge.ts';
import { attentionNormalise } from './attention-normalise.ts';
import { attentionRescale } from './attention-rescale.ts';
import { attentionScores } from './attention-scores.ts';
import { attentionSoftmax } from './attention-softmax.ts';
import { attentionSum } from './attention-sum.ts';
import { castF32Bf16 } from './cast-f32-bf16.ts';
import { castF32Bf16Lanes } from './cast-f32-bf16-lanes.ts';
import { copyBf16 } from './copy-bf16.ts';
import { fillBf16 } from './fill-bf16.ts';
import { geluBf16 } from './gelu-bf16.ts';
import { gemvBf16 } from './gemv-bf16.ts';
import { gemvPartialF32 } from './gemv-partial-f32.ts';
import { layerNormBf16 } from './layer-norm-bf16.ts';
import { matmulBfp16Bf16, matmulBfp16F32 } from './matmul-bfp16.ts';
import type { MicrokernelImplementation } from './microkernel.ts';
import { rmsNormBf16, rmsNormBf16Sum } from './rms-norm-bf16.ts';
import { ropeHalfSplitBf16 } from './rope-half-split-bf16.ts';
import { siluMulBf16 } from './silu-mul-bf16.ts';
import { siluMulPairs } from './silu-mul-pairs.ts';
import { storeRowsBf16 } from './store-rows-bf16.ts';
import { widenBf16F32 } from './widen-bf16-f32.ts';
import { zero } from './zero.ts';

/** The arithmetic of every microkernel that this target has, by the name of its signature. */
export const IMPLEMENTATIONS: ReadonlyMap<string, MicrokernelImplementation> = new Map<
  string,
  MicrokernelImplementation
>([
  ['add-bf16', addBf16],
  ['cast-f32-bf16', castF32Bf16],
  ['cast-f32-bf16-lanes', castF32Bf16Lanes],
  ['gelu-bf16', geluBf16],
  ['layer-norm-bf16', layerNormBf16],
  ['gemv-bf16', gemvBf16],
  ['matmul-bfp16-bf16', matmulBfp16Bf16],
  ['matmul-bfp16-f32', matmulBfp16F32],
  ['matmul-bfp16-f32-generated', matmulBfp16F32],
  ['zero-bf16', zero],
  ['zero-f32', zero],
  ['attention-mask', attentionMask],
  ['attention-merge', attentionMerge],
  ['attention-normalise', attentionNormalise],
  ['attention-rescale', attentionRescale],
  ['attention-scores', attentionScores],
  ['attention-softmax', attentionSoftmax],
  ['attention-sum', attentionSum],
  ['copy-bf16', copyBf16],
  ['fill-bf16', fillBf16],
  ['rms-norm-bf16', rmsNormBf16],
  ['rms-norm-bf16-sum', rmsNormBf16Sum],
  ['rope-half-split-bf16', ropeHalfSplitBf16],
  ['silu-mul-bf16', siluMulBf16],
  ['add-f32', addF32],
  ['add-rows-bf16', addRowsBf16],
  ['gemv-micro-tile-bf16', gemvBf16],
  ['gemv-partial-f32', gemvPartialF32],
  ['silu-mul-pairs', siluMulPairs],
  ['store-rows-bf16', storeRowsBf16],
  ['widen-bf16-f32', widenBf16F32],
]);
