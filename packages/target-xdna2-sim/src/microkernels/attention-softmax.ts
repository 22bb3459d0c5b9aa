import { bf16ToF32, f32ToBf16NearestEven } from '@tilewright/spec';
import { exponential2Bf16 } from '../number/exponential-bf16.ts';
import type { MicrokernelImplementation } from './microkernel.ts';

// A tile of scores, widened; each pass over it is short, so that its memory stays in the cache.
let tileBits = new Uint32Array(4096);
let tile = new Float32Array(tileBits.buffer);
/** So many equal bf16 numbers have an exact sum in f32. */
const EXACT_SUM = 2 ** 16;

/** One chunk of the online softmax, in place on scores[queries, keys] in 8x8 blocks. */
export const attentionSoftmax: MicrokernelImplementation = (operands, parameters) => {
  const { scores, maximum, factor, sums } = operands;
  const queries = parameters.queries!;
  const keys = parameters.keys!;
  const scale = Math.fround(parameters.scale!);
  const { offset } = scores!;
  const data = scores!.data as Uint16Array;
  const stride = queries * 8;
  const count = queries * keys;
  if (tile.length < count) {
    tileBits = new Uint32Array(count);
    tile = new Float32Array(tileBits.buffer);
  }
  for (let i = 0; i < count; i++) tileBits[i] = data[offset + i]! << 16;
  for (let query = 0; query < queries; query++) {
    const first = query * 8;
    const end = first + (keys >> 3) * stride;
    const before = bf16ToF32(maximum!.data[maximum!.offset + query]!);
    let largest = before;
    let differing = 0;
    const one = tileBits[first]!;
    for (let block = first; block < end; block += stride) {
      for (let i = block; i < block + 8; i++) {
        differing |= tileBits[i]! ^ one;
        const score = tile[i]!;
        if (score > largest) largest = score;
      }
    }
    let sum = 0;
    if (differing === 0 && keys <= EXACT_SUM) {
      const bits = exponential2Bf16(scaledDifference(tile[first]!, largest, scale));
      for (let block = offset + first; block < offset + end; block += stride) data.fill(bits, block, block + 8);
      sum = Math.fround(keys * bf16ToF32(bits));
    } else {
      for (let block = first; block < end; block += stride) {
        for (let i = block; i < block + 8; i++) {
          const bits = exponential2Bf16(Math.fround(Math.fround(tile[i]! - largest) * scale));
          data[offset + i] = bits;
          tileBits[i] = bits << 16;
        }
      }
      for (let block = first; block < end; block += stride) {
        for (let i = block; i < block + 8; i++) sum = Math.fround(sum + tile[i]!);
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
