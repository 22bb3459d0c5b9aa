import { bf16ToF32, f32ToBf16NearestEven } from '@tilewright/spec';
import { hyperbolicTangentBf16 } from '../number/hyperbolic-tangent-bf16.ts';
import type { MicrokernelImplementation } from './microkernel.ts';

const CUBIC = rounded(0.044715);
const SCALE = rounded(Math.sqrt(2 / Math.PI));

let results: Uint16Array | undefined;

/** output[n] = ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), each step rounded to bf16. */
export const geluBf16: MicrokernelImplementation = (operands, parameters) => {
  const { input, output } = operands;
  results ??= Uint16Array.from({ length: 65536 }, (_, bits) => gelu(bf16ToF32(bits)));
  for (let i = 0; i < parameters.n!; i++) {
    output!.data[output!.offset + i] = results[input!.data[input!.offset + i]!]!;
  }
};

/** The GELU of one bf16 value as bf16 bits, as the core computes it. */
function gelu(x: number): number {
  const cube = rounded(rounded(x * x) * x);
  const polynomial = rounded(rounded(x + rounded(cube * CUBIC)) * SCALE);
  const tangent = bf16ToF32(hyperbolicTangentBf16(polynomial));
  return f32ToBf16NearestEven(rounded(x * 0.5) * rounded(tangent + 1));
}

function rounded(value: number): number {
  return bf16ToF32(f32ToBf16NearestEven(value));
}
