import { f32ToBf16NearestEven } from '@tilewright/spec';
import type { MicrokernelImplementation } from './microkernel.ts';

/** c[rows] = bf16(a), nearest even. */
export const storeRowsBf16: MicrokernelImplementation = (operands, parameters) => {
  const { a, c } = operands;
  for (let i = 0; i < parameters.rows!; i++) {
    c!.data[c!.offset + i] = f32ToBf16NearestEven(a!.data[a!.offset + i]!);
  }
};
