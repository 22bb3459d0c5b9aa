import type { KernelDefinition } from '../kernel/kernel-definition.ts';
import { rowNorm } from './row-norm.ts';

/** RMSNorm of the residual stream, one row per position; decode is one row on one core. */
export const rmsNorm: KernelDefinition = rowNorm(
  'rms-norm',
  'output[rows, width] = input / √(Σ input² / count + epsilon) · weight[width], row by row',
);
