import { bf16ToF32, f32ToBf16NearestEven } from '@tilewright/spec';
import { exponential2Bf16 } from '../number/exponential-bf16.ts';
import type { MicrokernelImplementation } from './microkernel.ts';

/** One chunk of the online softmax, in place on scores[queries, keys] in 8x8 blocks. */
export const attentionSoftmax: MicrokernelImplementation = (operands, parameters) => {
  const { scores, maximum, factor, sums } = operands;
  const { queries, keys } = parameters;
  const scale = Math.fround(parameters.scale!);
  const { data } = scores!;
  for (let row = 0; row < queries!; row++) {
    const first = scores!.offset + row * 8;
    const before = bf16ToF32(maximum!.data[maximum!.offset + row]!);
    let largest = before;
    for (let column = 0; column < keys!; column++) {
      const score = bf16ToF32(data[first + (column >> 3) * queries! * 8 + (column & 7)]!);
      if (score > largest) largest = score;
    }
    let sum = 0;
    for (let column = 0; column < keys!; column++) {
      const at = first + (column >> 3) * queries! * 8 + (column & 7);
      const bits = exponential2Bf16(scaledDifference(bf16ToF32(data[at]!), largest, scale));
      data[at] = bits;
      sum = Math.fround(sum + bf16ToF32(bits));
    }
    // `largest` is one of the bf16 numbers compared: nothing rounds here.
    maximum!.data[maximum!.offset + row] = f32ToBf16NearestEven(largest);
    factor!.data[factor!.offset + row] = exponential2Bf16(scaledDifference(before, largest, scale));
    sums!.data[sums!.offset + row] = f32ToBf16NearestEven(sum);
  }
};

/** (value − maximum)·scale in f32: what the vector unit's 2^x is given. */
export function scaledDifference(value: number, maximum: number, scale: number): number {
  return Math.fround(Math.fround(value - maximum) * scale);
}
