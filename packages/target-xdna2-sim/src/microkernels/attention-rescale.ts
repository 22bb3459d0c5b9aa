import { bf16ToF32, f32ToBf16NearestEven } from '@tilewright/spec';
import type { MicrokernelImplementation, OperandView } from './microkernel.ts';

/** output[queries, width] = bf16(output · factor[row]), in 8x8 blocks. */
export const attentionRescale: MicrokernelImplementation = (operands, parameters) => {
  const { output, factor } = operands;
  for (let row = 0; row < parameters.queries!; row++) {
    const by = bf16ToF32(factor!.data[factor!.offset + row]!);
    if (by !== 1) scaleRow(output!, row, parameters.queries!, parameters.width!, by);
  }
};

/** Multiplies one row of output[queries, width] in 8x8 blocks, rounding to nearest even. */
export function scaleRow(output: OperandView, row: number, queries: number, width: number, by: number): void {
  const { data } = output;
  const first = output.offset + row * 8;
  for (let column = 0; column < width; column++) {
    const at = first + (column >> 3) * queries * 8 + (column & 7);
    data[at] = f32ToBf16NearestEven(bf16ToF32(data[at]!) * by);
  }
}
