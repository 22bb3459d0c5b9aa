import { bf16ToF32, f32ToBf16NearestEven } from '@tilewright/spec';
import { f32ToBf16Floor } from '../number/bf16-floor.ts';
import { sumLanes } from './lane-sum.ts';
import type { MicrokernelImplementation } from './microkernel.ts';

const LANES = 16;

/**
 * output[width] = (row − mean) / √(variance + ε) · weight + bias, with `weight` holding [weight | bias]. What lies
 * behind `count` is padding: it takes part in neither sum, and its result is the bias. Rounding as in
 * `rms-norm-bf16`, which gives the published 4.4e-3.
 */
export const layerNormBf16: MicrokernelImplementation = (operands, parameters) => {
  const { row, weight, output } = operands;
  const { width, count, epsilon } = parameters;
  const value = (i: number): number => bf16ToF32(row!.data[row!.offset + i]!);
  const lanes = new Float32Array(LANES);
  for (let i = 0; i < count!; i++) lanes[i % LANES]! += value(i);
  const mean = Math.fround(sumLanes(lanes) / count!);
  lanes.fill(0);
  for (let i = 0; i < count!; i++) {
    const difference = bf16ToF32(f32ToBf16NearestEven(value(i) - mean));
    lanes[i % LANES]! += bf16ToF32(f32ToBf16NearestEven(difference * difference));
  }
  const variance = Math.fround(Math.fround(sumLanes(lanes) / count!) + Math.fround(epsilon!));
  const scale = bf16ToF32(f32ToBf16Floor(1 / Math.sqrt(variance)));
  for (let i = 0; i < width!; i++) {
    const difference = i < count! ? bf16ToF32(f32ToBf16NearestEven(value(i) - mean)) : 0;
    const scaled = bf16ToF32(f32ToBf16Floor(difference * scale));
    const weighted = bf16ToF32(f32ToBf16Floor(scaled * bf16ToF32(weight!.data[weight!.offset + i]!)));
    const bias = bf16ToF32(weight!.data[weight!.offset + width! + i]!);
    output!.data[output!.offset + i] = f32ToBf16Floor(weighted + bias);
  }
};
