import { bf16ToF32 } from '@tilewright/spec';
import type { MicrokernelImplementation } from './microkernel.ts';

/** c[n] = f32(a), exact. */
export const widenBf16F32: MicrokernelImplementation = (operands, parameters) => {
  const { a, c } = operands;
  for (let i = 0; i < parameters.n!; i++) c!.data[c!.offset + i] = bf16ToF32(a!.data[a!.offset + i]!);
};
