import { bf16ToF32, f32ToBf16Truncate } from '@tilewright/spec';
import { hyperbolicTangent } from '../number/exponential.ts';
import type { MicrokernelImplementation } from './microkernel.ts';

/** Steps of the vector unit's tanh within [0, 1]; see the datapath of the signature. */
const TANH_STEPS = 128;

let sigmoids: Float32Array | undefined;

/** output[count] = (tanh(gate / 2) + 1) / 2 · gate · up; the two products are stored by truncation. */
export const siluMulBf16: MicrokernelImplementation = (operands, parameters) => {
  const { gate, up, output } = operands;
  for (let i = 0; i < parameters.count!; i++) {
    output!.data[output!.offset + i] = siluTimes(gate!.data[gate!.offset + i]!, up!.data[up!.offset + i]!);
  }
};

/** silu(gate) · up, bit patterns of bf16 in and out. */
export function siluTimes(gate: number, up: number): number {
  sigmoids ??= tabulateSigmoids();
  const silu = bf16ToF32(f32ToBf16Truncate(sigmoids[gate]! * bf16ToF32(gate)));
  return f32ToBf16Truncate(silu * bf16ToF32(up));
}

/** The sigmoid of every bf16 value, as the core computes it; a step of 2^-7 plus one is exact in bf16. */
function tabulateSigmoids(): Float32Array {
  return Float32Array.from({ length: 65536 }, (_, bits) => {
    const tangent = Math.floor(hyperbolicTangent(bf16ToF32(bits) / 2) * TANH_STEPS) / TANH_STEPS;
    return (tangent + 1) / 2;
  });
}
