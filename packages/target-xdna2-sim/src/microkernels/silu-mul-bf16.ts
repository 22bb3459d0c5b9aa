import { bf16ToF32, f32ToBf16NearestEven } from '@tilewright/spec';
import { hyperbolicTangentBf16 } from '../number/hyperbolic-tangent-bf16.ts';
import type { MicrokernelImplementation } from './microkernel.ts';

let silus: Float32Array | undefined;

/** output[count] = (tanh(gate / 2) + 1) / 2 · gate · up, each step rounded to bf16. */
export const siluMulBf16: MicrokernelImplementation = (operands, parameters) => {
  const { gate, up, output } = operands;
  for (let i = 0; i < parameters.count!; i++) {
    output!.data[output!.offset + i] = siluTimes(gate!.data[gate!.offset + i]!, up!.data[up!.offset + i]!);
  }
};

/** silu(gate) · up, bit patterns of bf16 in and out. */
export function siluTimes(gate: number, up: number): number {
  silus ??= Float32Array.from({ length: 65536 }, (_, bits) => silu(bf16ToF32(bits)));
  return f32ToBf16NearestEven(silus[gate]! * bf16ToF32(up));
}

/** The SiLU of one bf16 value, as the core computes it. */
function silu(gate: number): number {
  const tangent = bf16ToF32(hyperbolicTangentBf16(bf16ToF32(f32ToBf16NearestEven(gate * 0.5))));
  const sigmoid = bf16ToF32(f32ToBf16NearestEven(bf16ToF32(f32ToBf16NearestEven(tangent + 1)) * 0.5));
  return bf16ToF32(f32ToBf16NearestEven(sigmoid * gate));
}
