import { bf16ToF32, f32ToBf16NearestEven } from '@tilewright/spec';
import { exponential2Bf16 } from '../number/exponential-bf16.ts';
import { scaledDifference } from './attention-softmax.ts';
import type { MicrokernelImplementation } from './microkernel.ts';

/** Takes the partial output, maximum and sum of another range of keys into this one's, row by row. */
export const attentionMerge: MicrokernelImplementation = (operands, parameters) => {
  const { output, otherOutput } = operands;
  const { queries, width } = parameters;
  const scale = Math.fround(parameters.scale!);
  for (let row = 0; row < queries!; row++) {
    const factors = mergeFactors(operands, row, scale);
    for (let column = 0; column < width!; column++) {
      const block = ((column >> 3) * queries! + row) * 8 + (column & 7);
      const at = output!.offset + block;
      output!.data[at] = merged(output!.data[at]!, otherOutput!.data[otherOutput!.offset + block]!, factors);
    }
  }
  mergeStates(operands, parameters);
};

/** By what a row's two parts are multiplied. */
export interface MergeFactors {
  readonly own: number;
  readonly other: number;
}

/** The factors of one row. */
export function mergeFactors(
  operands: Parameters<MicrokernelImplementation>[0],
  row: number,
  scale: number,
): MergeFactors {
  const { maximum, otherMaximum } = operands;
  const own = bf16ToF32(maximum!.data[maximum!.offset + row]!);
  const other = bf16ToF32(otherMaximum!.data[otherMaximum!.offset + row]!);
  const largest = Math.max(own, other);
  return {
    own: bf16ToF32(exponential2Bf16(scaledDifference(own, largest, scale))),
    other: bf16ToF32(exponential2Bf16(scaledDifference(other, largest, scale))),
  };
}

/** Merges sums and maxima, which the outputs no longer need. */
export const mergeStates: MicrokernelImplementation = (operands, parameters) => {
  const { maximum, sum, otherMaximum, otherSum } = operands;
  const scale = Math.fround(parameters.scale!);
  for (let row = 0; row < parameters.queries!; row++) {
    const factors = mergeFactors(operands, row, scale);
    const [own, other] = [maximum!.data[maximum!.offset + row]!, otherMaximum!.data[otherMaximum!.offset + row]!];
    sum!.data[sum!.offset + row] = merged(
      sum!.data[sum!.offset + row]!,
      otherSum!.data[otherSum!.offset + row]!,
      factors,
    );
    maximum!.data[maximum!.offset + row] = f32ToBf16NearestEven(Math.max(bf16ToF32(own), bf16ToF32(other)));
  }
};

function merged(a: number, b: number, { own, other }: MergeFactors): number {
  const left = bf16ToF32(f32ToBf16NearestEven(bf16ToF32(a) * own));
  return f32ToBf16NearestEven(left + bf16ToF32(f32ToBf16NearestEven(bf16ToF32(b) * other)));
}
