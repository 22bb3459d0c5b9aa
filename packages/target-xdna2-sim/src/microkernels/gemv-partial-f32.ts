import type { MicrokernelImplementation } from './microkernel.ts';
import { widen } from './scratch.ts';

const LANES = 16;
const lanes = new Float32Array(LANES);

/** c[rows] += A[rows, k]·x[k]: 16 f32 lanes, each step rounded to f32, then the lanes pairwise, then c. */
export const gemvPartialF32: MicrokernelImplementation = (operands, parameters) => {
  const { a, x, c } = operands;
  const rows = parameters.rows!;
  const k = parameters.k!;
  const vector = widen(x!, k, 'x');
  const matrix = widen(a!, rows * k, 'a');
  for (let row = 0; row < rows; row++) {
    lanes.fill(0);
    const start = row * k;
    for (let i = 0; i < k; i += LANES) {
      // The store to a Float32Array is the rounding of a fused multiply-add.
      for (let lane = 0; lane < LANES; lane++) lanes[lane]! += matrix[start + i + lane]! * vector[i + lane]!;
    }
    for (let half = LANES / 2; half >= 1; half /= 2) {
      for (let lane = 0; lane < half; lane++) lanes[lane]! += lanes[lane + half]!;
    }
    c!.data[c!.offset + row] = Math.fround(c!.data[c!.offset + row]! + lanes[0]!);
  }
};
