import { f32ToBf16Truncate } from '@tilewright/spec';
import type { MicrokernelImplementation } from './microkernel.ts';

/** c[n] = bf16(a[n]) by dropping the lower half, as the vector store does. */
export const castF32Bf16Lanes: MicrokernelImplementation = (operands, parameters) => {
  const { a, c } = operands;
  const n = parameters.n!;
  for (let i = 0; i < n; i++) c!.data[c!.offset + i] = f32ToBf16Truncate(a!.data[a!.offset + i]!);
};
