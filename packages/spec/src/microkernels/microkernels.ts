import type { MicrokernelSignature } from '../program/microkernel.ts';
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
import { gemvMicroTileBf16 } from './gemv-micro-tile-bf16.ts';
import { gemvPartialF32 } from './gemv-partial-f32.ts';
import { layerNormBf16 } from './layer-norm-bf16.ts';
import { matmulBfp16Bf16 } from './matmul-bfp16-bf16.ts';
import { matmulBfp16F32 } from './matmul-bfp16-f32.ts';
import { matmulBfp16F32Generated } from './matmul-bfp16-f32-generated.ts';
import { rmsNormBf16 } from './rms-norm-bf16.ts';
import { rmsNormBf16Sum } from './rms-norm-bf16-sum.ts';
import { ropeHalfSplitBf16 } from './rope-half-split-bf16.ts';
import { siluMulBf16 } from './silu-mul-bf16.ts';
import { siluMulPairs } from './silu-mul-pairs.ts';
import { storeRowsBf16 } from './store-rows-bf16.ts';
import { widenBf16F32 } from './widen-bf16-f32.ts';
import { zeroBf16 } from './zero-bf16.ts';
import { zeroF32 } from './zero-f32.ts';

const SIGNATURES: readonly MicrokernelSignature[] = [
  addBf16,
  castF32Bf16,
  castF32Bf16Lanes,
  geluBf16,
  layerNormBf16,
  gemvBf16,
  matmulBfp16Bf16,
  matmulBfp16F32,
  matmulBfp16F32Generated,
  zeroBf16,
  zeroF32,
  attentionMask,
  attentionMerge,
  attentionNormalise,
  attentionRescale,
  attentionScores,
  attentionSoftmax,
  attentionSum,
  copyBf16,
  fillBf16,
  rmsNormBf16,
  rmsNormBf16Sum,
  ropeHalfSplitBf16,
  siluMulBf16,
  addF32,
  addRowsBf16,
  gemvMicroTileBf16,
  gemvPartialF32,
  siluMulPairs,
  storeRowsBf16,
  widenBf16F32,
];

/** Every microkernel that a Program may call, by name. */
export const MICROKERNELS: ReadonlyMap<string, MicrokernelSignature> = new Map(
  SIGNATURES.map((signature) => [signature.name, signature]),
);
