import type { MicrokernelImplementation } from './microkernel.ts';

/** c[n] = f32(c + a). */
export const addF32: MicrokernelImplementation = (operands, parameters) => {
  const { a, c } = operands;
  for (let i = 0; i < parameters.n!; i++) {
    c!.data[c!.offset + i] = Math.fround(c!.data[c!.offset + i]! + a!.data[a!.offset + i]!);
  }
};
