import { bf16ToF32, f32ToBf16Truncate } from '@tilewright/spec';
import type { MicrokernelImplementation } from './microkernel.ts';

/** Rotates one head row[headDim] by table[cosines of a half | sines of a half]; only the store rounds, towards zero. */
export const ropeHalfSplitBf16: MicrokernelImplementation = (operands, parameters) => {
  const { row, table, output } = operands;
  const half = parameters.headDim! / 2;
  for (let i = 0; i < half; i++) {
    const low = bf16ToF32(row!.data[row!.offset + i]!);
    const high = bf16ToF32(row!.data[row!.offset + half + i]!);
    const cosine = bf16ToF32(table!.data[table!.offset + i]!);
    const sine = bf16ToF32(table!.data[table!.offset + half + i]!);
    output!.data[output!.offset + i] = f32ToBf16Truncate(low * cosine - high * sine);
    output!.data[output!.offset + half + i] = f32ToBf16Truncate(high * cosine + low * sine);
  }
};
