import { f32ToBf16NearestEven } from '@tilewright/spec';
import type { MicrokernelImplementation } from './microkernel.ts';

/** c[n] = value. */
export const fillBf16: MicrokernelImplementation = (operands, parameters) => {
  const { data, offset } = operands.c!;
  data.fill(f32ToBf16NearestEven(parameters.value!), offset, offset + parameters.n!);
};
