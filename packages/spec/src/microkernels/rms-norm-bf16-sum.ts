import type { MicrokernelSignature } from '../program/microkernel.ts';
import { rmsNormBf16 } from './rms-norm-bf16.ts';

/** `rms-norm-bf16` with the sum of the squares in bf16, as the stand-alone launch of decode has it. */
export const rmsNormBf16Sum: MicrokernelSignature = {
  ...rmsNormBf16,
  name: 'rms-norm-bf16-sum',
  datapath:
    'As rms-norm-bf16, but the 16 lanes of the sum are bf16 and round down. Mean relative L1 at a width of 2,048: ' +
    '6.6e-2; published 6.9e-2.',
};
