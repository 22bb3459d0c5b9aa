import { bf16ToF32, f32ToBf16NearestEven } from '@tilewright/spec';
import type { MicrokernelImplementation } from './microkernel.ts';
import { widen } from './scratch.ts';

/** c[rows] += A[rows, k]·x[k]: exact products, summed in float64 over ascending k, rounded to f32, then to bf16. */
export const gemvBf16: MicrokernelImplementation = (operands, parameters) => {
  const { a, x, c } = operands;
  const rows = parameters.rows!;
  const k = parameters.k!;
  const vector = widen(x!, k, 'x');
  const matrix = widen(a!, rows * k, 'a');
  for (let row = 0; row < rows; row++) {
    let sum = bf16ToF32(c!.data[c!.offset + row]!);
    const start = row * k;
    for (let i = 0; i < k; i++) sum += matrix[start + i]! * vector[i]!;
    c!.data[c!.offset + row] = f32ToBf16NearestEven(sum);
  }
};
