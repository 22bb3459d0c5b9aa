import { f32ToBf16NearestEven } from '@tilewright/spec';
import type { MicrokernelImplementation } from './microkernel.ts';
import { siluTimes } from './silu-mul-bf16.ts';

/** output[count] = silu(bf16(pairs[2i])) · bf16(pairs[2i + 1]). */
export const siluMulPairs: MicrokernelImplementation = (operands, parameters) => {
  const { pairs, output } = operands;
  for (let i = 0; i < parameters.count!; i++) {
    const at = pairs!.offset + 2 * i;
    const gate = f32ToBf16NearestEven(pairs!.data[at]!);
    output!.data[output!.offset + i] = siluTimes(gate, f32ToBf16NearestEven(pairs!.data[at + 1]!));
  }
};
