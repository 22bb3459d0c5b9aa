import type { MicrokernelParameters, MicrokernelSignature } from '../program/microkernel.ts';

const LANES = 16;

/**
 * One row of RMSNorm, or one head of the per-head norm of queries and keys:
 * `output = row / √(mean(row²) + ε) · weight`. `width` is the row's length in the buffer and `count`
 * its true length, by which the sum of squares is divided; what lies between must be zero.
 */
export const rmsNormBf16: MicrokernelSignature = {
  name: 'rms-norm-bf16',
  summary: 'One row: scaled by the reciprocal of its root mean square and by a weight.',
  operands: [
    { name: 'row', format: 'bf16', access: 'read', elements: width },
    { name: 'weight', format: 'bf16', access: 'read', elements: width },
    { name: 'output', format: 'bf16', access: 'write', elements: width },
  ],
  parameters: ['width', 'count', 'epsilon'],
  limits: rowNormLimits,
  multiplyAccumulates: () => 0,
  datapath:
    'Squares to bf16 (nearest even); their sum in f32, 16 lanes; reciprocal root in f32, then to bf16; row·scale ' +
    'and ·weight each to bf16. The last three round down, the vector unit’s default. Mean relative L1 4.2–4.5e-3; published 4.2–4.6e-3.',
  source: 'weighted_rms_norm.cc: weighted_rms_norm_row_bf16',
  programBytes: 1_400,
};

/** One sentence per parameter that the norms of a row do not take. */
export function rowNormLimits({ width: padded = 0, count = 0, epsilon = 0 }: MicrokernelParameters): readonly string[] {
  const broken: string[] = [];
  if (padded <= 0 || padded % LANES !== 0) broken.push(`width is ${padded}; it must be a multiple of ${LANES}.`);
  if (count <= 0 || count > padded) broken.push(`count is ${count}; it must be between 1 and width ${padded}.`);
  if (!(epsilon >= 0)) broken.push(`epsilon is ${epsilon}; it must not be negative.`);
  return broken;
}

function width(parameters: MicrokernelParameters): number {
  return parameters.width as number;
}
