import { f32ToBf16NearestEven } from '@tilewright/spec';
import { isExactSum } from '../lifted/product-batch.ts';
import type { AttentionKernels } from './attention-kernels.ts';
import type { Panel } from './panel-store.ts';
import type { TileMemory } from './tile-memory.ts';
import { readTileRange, type TileRange, widenTileRange } from './tile-range.ts';

/** A sum of mantissas' products, shifted to one exponent, stays below 2^31. */
const ALIGNED_BITS = 30 - 14;
/** Where in the list of a checked product the end is noted, in words behind its range. */
const LIST_END = 12;

/** The left operand, quantised; units are those of rows, if aligned, or of rows' blocks. */
export interface LeftOperand {
  readonly mantissas: number;
  readonly units: number;
  readonly aligned: boolean;
  readonly lowest: number;
  readonly highest: number;
}

/** Whether rows and columns whose exponents differ so much, together, have whole sums below 2^31. */
export function isAlignable(spread: number, right: Panel, depth: number): boolean {
  return right.aligned && spread + right.spread + Math.ceil(Math.log2(depth)) <= ALIGNED_BITS;
}

/**
 * c f32 [n, m] = bf16(left·right). False, with c as it was, where the sums have an order or may not be finite.
 */
export function freshProduct(
  kernels: AttentionKernels,
  memory: TileMemory,
  left: LeftOperand,
  right: Panel,
  c: number,
  m: number,
  n: number,
  k: number,
): boolean {
  const highest = left.highest + right.highest;
  if (!isExactSum(left.lowest + right.lowest, highest, k, null)) return false;
  if (k * power(left.highest) * power(right.highest) >= 2 ** 127) return false;
  const units = left.aligned ? right.vectorUnits : right.blockUnits;
  const run = left.aligned ? kernels.productAlignedFresh : kernels.productFresh;
  run(left.mantissas, left.units, right.mantissas, units, c, m, n, k, memory.range, memory.list, 0);
  return true;
}

/** c f32 [n, m] = bf16(c + left·right), with the bits of a sum in float64 in the order of k. `range` is c's. */
export function tileProduct(
  kernels: AttentionKernels,
  memory: TileMemory,
  left: LeftOperand,
  right: Panel,
  c: number,
  m: number,
  n: number,
  k: number,
  range: TileRange,
): void {
  const own = range.lowest > range.highest ? null : range;
  const exact = !range.negativeZero && isExactSum(left.lowest + right.lowest, left.highest + right.highest, k, own);
  const units = left.aligned ? right.vectorUnits : right.blockUnits;
  const common = [left.mantissas, left.units, right.mantissas, units, c, m, n, k, memory.range, memory.list] as const;
  if (exact) {
    (left.aligned ? kernels.productAligned : kernels.product)(...common, 0);
    readTileRange(kernels.int32, memory.range / 4, range);
    return;
  }
  const magnitude = power(range.highest) + k * power(left.highest) * power(right.highest);
  // Either order rounds at most at each of its steps. Zeros are not certain: their sign may differ.
  const epsilon = (k + 16) * 2 ** -53 * magnitude + 2 ** -1000;
  (left.aligned ? kernels.productAlignedChecked : kernels.productChecked)(...common, epsilon);
  const end = kernels.int32[memory.range / 4 + LIST_END] as number;
  readTileRange(kernels.int32, memory.range / 4, range);
  for (let at = memory.list; at < end; at += 8) {
    const address = kernels.int32[at / 4] as number;
    const certain = kernels.int32[at / 4 + 1] as number;
    for (let lane = 0; lane < 4; lane++) {
      if ((certain >> lane) & 1) continue;
      const to = address / 4 + lane;
      const element = to - c / 4;
      const column = Math.floor(element / m);
      const sum = sumInOrder(kernels, left, right, m, k, element - column * m, column, kernels.float32[to] as number);
      kernels.int32[to] = f32ToBf16NearestEven(sum) << 16;
      widenTileRange(range, kernels.int32[to] as number);
    }
  }
}

/** A bound of values whose block has this biased exponent. */
function power(exponent: number): number {
  return 2 ** (exponent - 126);
}

function sumInOrder(
  { int16, float64 }: AttentionKernels,
  left: LeftOperand,
  right: Panel,
  m: number,
  depth: number,
  row: number,
  column: number,
  initial: number,
): number {
  let sum = initial;
  for (let k = 0; k < depth; k++) {
    const block = k >> 3;
    const a = int16[left.mantissas / 2 + ((k >> 1) * m + row) * 2 + (k & 1)] as number;
    const unitA = float64[left.units / 8 + (left.aligned ? 0 : block * m) + row] as number;
    const b = int16[right.mantissas / 2 + column * depth + k] as number;
    const unitB = float64[right.blockUnits / 8 + (column * depth) / 8 + block] as number;
    sum += a * unitA * (b * unitB);
  }
  return sum;
}
