import { bf16ToF32, f32ToBf16NearestEven } from '@tilewright/spec';
import { exponential2Bf16 } from '../number/exponential-bf16.ts';
import { scaledDifference } from './attention-softmax.ts';
import type { MicrokernelImplementation } from './microkernel.ts';

/** Takes the partial output, maximum and sum of another range of keys into this one's, row by row. */
export const attentionMerge: MicrokernelImplementation = (operands, parameters) => {
  const { output, maximum, sum, otherOutput, otherMaximum, otherSum } = operands;
  const { queries, width } = parameters;
  const scale = Math.fround(parameters.scale!);
  for (let row = 0; row < queries!; row++) {
    const own = bf16ToF32(maximum!.data[maximum!.offset + row]!);
    const other = bf16ToF32(otherMaximum!.data[otherMaximum!.offset + row]!);
    const largest = Math.max(own, other);
    const ownFactor = bf16ToF32(exponential2Bf16(scaledDifference(own, largest, scale)));
    const otherFactor = bf16ToF32(exponential2Bf16(scaledDifference(other, largest, scale)));
    const merged = (a: number, b: number): number => {
      const left = bf16ToF32(f32ToBf16NearestEven(bf16ToF32(a) * ownFactor));
      return f32ToBf16NearestEven(left + bf16ToF32(f32ToBf16NearestEven(bf16ToF32(b) * otherFactor)));
    };
    for (let column = 0; column < width!; column++) {
      const block = ((column >> 3) * queries! + row) * 8 + (column & 7);
      const at = output!.offset + block;
      output!.data[at] = merged(output!.data[at]!, otherOutput!.data[otherOutput!.offset + block]!);
    }
    sum!.data[sum!.offset + row] = merged(sum!.data[sum!.offset + row]!, otherSum!.data[otherSum!.offset + row]!);
    maximum!.data[maximum!.offset + row] = f32ToBf16NearestEven(largest);
  }
};
