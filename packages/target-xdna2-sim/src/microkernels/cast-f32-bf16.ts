import type { MicrokernelImplementation } from './microkernel.ts';

const PIECE = 4096;
const words = new Uint32Array(PIECE);
const values = new Float32Array(words.buffer);

/** c[n] = bf16(a[n]). An unrounded accumulator is rounded to f32 first, by the conversion itself. */
export const castF32Bf16: MicrokernelImplementation = (operands, parameters) => {
  const { a, c } = operands;
  const n = parameters.n!;
  const from = a!.data;
  const to = c!.data;
  for (let start = 0; start < n; start += PIECE) {
    const length = Math.min(PIECE, n - start);
    const source = a!.offset + start;
    const target = c!.offset + start;
    for (let i = 0; i < length; i++) values[i] = from[source + i]!;
    for (let i = 0; i < length; i++) {
      const bits = words[i]!;
      // Nearest even; NaN stays NaN: f32ToBf16NearestEven of spec.
      to[target + i] =
        (bits & 0x7fffffff) > 0x7f800000 ? (bits >>> 16) | 0x40 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
    }
  }
};
