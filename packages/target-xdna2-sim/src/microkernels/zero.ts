import type { MicrokernelImplementation } from './microkernel.ts';

/** c[n] = 0, for f32 accumulators and for bf16 buffers, whose zero is all bits clear. */
export const zero: MicrokernelImplementation = (operands, parameters) => {
  const { data, offset } = operands.c!;
  data.fill(0, offset, offset + parameters.n!);
};
