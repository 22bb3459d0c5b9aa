import { bf16ToF32, f32ToBf16NearestEven } from '@tilewright/spec';
import type { MicrokernelImplementation } from './microkernel.ts';

/** c[rows] = bf16(a + b), nearest even. */
export const addRowsBf16: MicrokernelImplementation = (operands, parameters) => {
  const { a, b, c } = operands;
  for (let i = 0; i < parameters.rows!; i++) {
    const sum = bf16ToF32(a!.data[a!.offset + i]!) + bf16ToF32(b!.data[b!.offset + i]!);
    c!.data[c!.offset + i] = f32ToBf16NearestEven(Math.fround(sum));
  }
};
