import { bf16ToF32, f32ToBf16NearestEven } from '@tilewright/spec';
import type { MicrokernelImplementation } from './microkernel.ts';

/** sum[queries] = bf16(bf16(sum · factor) + sums). */
export const attentionSum: MicrokernelImplementation = (operands, parameters) => {
  const { sum, factor, sums } = operands;
  for (let row = 0; row < parameters.queries!; row++) {
    const before = bf16ToF32(sum!.data[sum!.offset + row]!) * bf16ToF32(factor!.data[factor!.offset + row]!);
    const scaled = bf16ToF32(f32ToBf16NearestEven(before));
    sum!.data[sum!.offset + row] = f32ToBf16NearestEven(scaled + bf16ToF32(sums!.data[sums!.offset + row]!));
  }
};
