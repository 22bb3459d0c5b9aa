import { f32ToBf16NearestEven } from '@tilewright/spec';
import type { MicrokernelImplementation } from './microkernel.ts';

/** c[n] = bf16(a[n]). An unrounded accumulator is rounded to f32 first, by the conversion itself. */
export const castF32Bf16: MicrokernelImplementation = (operands, parameters) => {
  const { a, c } = operands;
  const n = parameters.n!;
  for (let i = 0; i < n; i++) {
    c!.data[c!.offset + i] = f32ToBf16NearestEven(a!.data[a!.offset + i]!);
  }
};
