import type { MicrokernelImplementation } from './microkernel.ts';

/** c[n] = a[n]. */
export const copyBf16: MicrokernelImplementation = (operands, parameters) => {
  const { a, c } = operands;
  for (let i = 0; i < parameters.n!; i++) c!.data[c!.offset + i] = a!.data[a!.offset + i]!;
};
