import type { KernelDefinition } from '../kernel/kernel-definition.ts';
import { rowNorm } from './row-norm.ts';

export const RMS_NORM_DATAPATH: string =
  'Squares in bf16, their sum in f32; the scale and both products rounded down to bf16 (mean relative L1 ' +
  '4.2–4.5e-3; published 4.2–4.6e-3).';

/** RMSNorm of the residual stream, one row per position; decode is one row on one core. */
export const rmsNorm: KernelDefinition = rowNorm({
  name: 'rms-norm',
  summary: 'output[rows, width] = input / √(Σ input² / count + epsilon) · weight[width], row by row',
  datapath: RMS_NORM_DATAPATH,
  microkernel: 'rms-norm-bf16',
  weightsPerElement: 1,
});
