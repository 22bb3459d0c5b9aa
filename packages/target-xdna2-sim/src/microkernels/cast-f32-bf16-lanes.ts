import { f32ToBf16Truncate } from '@tilewright/spec';
import type { MicrokernelImplementation } from './microkernel.ts';

/** c[n] = bf16(a[n]) by dropping the lower half, as the vector store does. */
export const castF32Bf16Lanes: MicrokernelImplementation = (operands, parameters) => {
  const { a, c } = operands;
  const n = parameters.n!;
  const { data, offset } = a!;
  const to = c!.data;
  if (!(data instanceof Float32Array)) {
    for (let i = 0; i < n; i++) to[c!.offset + i] = f32ToBf16Truncate(data[offset + i]!);
    return;
  }
  // The same on bits: a launch of casts does nothing else.
  const words = new Uint32Array(data.buffer, data.byteOffset + 4 * offset, n);
  for (let i = 0, at = c!.offset; i < n; i++, at++) {
    const bits = words[i]!;
    to[at] = (bits & 0x7fffffff) > 0x7f800000 ? (bits >>> 16) | 0x40 : bits >>> 16;
  }
};
