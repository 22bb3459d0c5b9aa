import { bf16ToF32 } from '@tilewright/spec';
import { scaleRow } from './attention-rescale.ts';
import type { MicrokernelImplementation } from './microkernel.ts';

/** output[queries, width] = bf16(output · (1 / sum[row])), in 8x8 blocks. */
export const attentionNormalise: MicrokernelImplementation = (operands, parameters) => {
  const { output, sum } = operands;
  for (let row = 0; row < parameters.queries!; row++) {
    const reciprocal = Math.fround(1 / bf16ToF32(sum!.data[sum!.offset + row]!));
    scaleRow(output!, row, parameters.queries!, parameters.width!, reciprocal);
  }
};
