import { bf16ToF32, f32ToBf16NearestEven } from '@tilewright/spec';
import { exponential2Bf16 } from '../number/exponential-bf16.ts';
import type { MicrokernelImplementation } from './microkernel.ts';

const word = new Uint32Array(1);
const real = new Float32Array(word.buffer);
let row = new Float32Array(256);
/** So many equal bf16 numbers have an exact sum in f32. */
const EXACT_SUM = 2 ** 16;

/** One chunk of the online softmax, in place on scores[queries, keys] in 8x8 blocks. */
export const attentionSoftmax: MicrokernelImplementation = (operands, parameters) => {
  const { scores, maximum, factor, sums } = operands;
  const queries = parameters.queries!;
  const keys = parameters.keys!;
  const scale = Math.fround(parameters.scale!);
  const data = scores!.data as Uint16Array;
  const blockStride = queries * 8;
  if (row.length < keys) row = new Float32Array(keys);
  for (let query = 0; query < queries; query++) {
    const first = scores!.offset + query * 8;
    const before = bf16ToF32(maximum!.data[maximum!.offset + query]!);
    let largest = before;
    let differing = 0;
    const one = data[first]!;
    for (let key = 0, block = first; key < keys; key += 8, block += blockStride) {
      for (let i = 0; i < 8; i++) {
        const bits = data[block + i]!;
        differing |= bits ^ one;
        word[0] = bits << 16;
        const score = real[0]!;
        row[key + i] = score;
        if (score > largest) largest = score;
      }
    }
    let sum = 0;
    if (differing === 0 && keys <= EXACT_SUM) {
      const bits = exponential2Bf16(scaledDifference(bf16ToF32(one), largest, scale));
      for (let block = first; block < first + (keys >> 3) * blockStride; block += blockStride) {
        data.fill(bits, block, block + 8);
      }
      sum = Math.fround(keys * bf16ToF32(bits));
    } else {
      for (let key = 0, block = first; key < keys; key += 8, block += blockStride) {
        for (let i = 0; i < 8; i++) {
          const bits = exponential2Bf16(Math.fround(Math.fround(row[key + i]! - largest) * scale));
          data[block + i] = bits;
          word[0] = bits << 16;
          sum = Math.fround(sum + real[0]!);
        }
      }
    }
    // `largest` is one of the bf16 numbers compared: nothing rounds here.
    maximum!.data[maximum!.offset + query] = f32ToBf16NearestEven(largest);
    factor!.data[factor!.offset + query] = exponential2Bf16(scaledDifference(before, largest, scale));
    sums!.data[sums!.offset + query] = f32ToBf16NearestEven(sum);
  }
};

/** (value − maximum)·scale in f32: what the vector unit's 2^x is given. */
export function scaledDifference(value: number, maximum: number, scale: number): number {
  return Math.fround(Math.fround(value - maximum) * scale);
}
