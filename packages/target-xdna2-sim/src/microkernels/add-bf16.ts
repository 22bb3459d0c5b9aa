import { bf16ToF32, f32ToBf16Truncate } from '@tilewright/spec';
import type { MicrokernelImplementation } from './microkernel.ts';

/** c[n] = a[n] + b[n]: one f32 addition, stored by truncation. */
export const addBf16: MicrokernelImplementation = (operands, parameters) => {
  const { a, b, c } = operands;
  const n = parameters.n!;
  for (let i = 0; i < n; i++) {
    const sum = bf16ToF32(a!.data[a!.offset + i]!) + bf16ToF32(b!.data[b!.offset + i]!);
    c!.data[c!.offset + i] = f32ToBf16Truncate(sum);
  }
};
