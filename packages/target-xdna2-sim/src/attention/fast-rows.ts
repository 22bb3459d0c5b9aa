import { bf16ToF32 } from '@tilewright/spec';
import { attentionMerge, mergeFactors, mergeStates } from '../microkernels/attention-merge.ts';
import { attentionNormalise } from '../microkernels/attention-normalise.ts';
import type { MicrokernelImplementation, OperandView } from '../microkernels/microkernel.ts';
import { type AttentionKernels, attentionKernels } from './attention-kernels.ts';
import { TILE_BYTES } from './tile-memory.ts';

const FIRST = 16;
const NOT_FINITE = 255;

/** The same as the microkernels of these names, by the kernels where everything stays finite. */
export const FAST_ROWS: ReadonlyMap<string, MicrokernelImplementation> = new Map<string, MicrokernelImplementation>([
  ['attention-merge', fastMerge],
  ['attention-normalise', fastNormalise],
]);

function fastNormalise(...call: Parameters<MicrokernelImplementation>): void {
  const [{ output, sum }, parameters] = call as [Readonly<Record<'output' | 'sum', OperandView>>, (typeof call)[1]];
  const [queries, width] = [parameters.queries as number, parameters.width as number];
  const bytes = 2 * queries * width;
  const factor = FIRST + bytes;
  const range = factor + 4 * queries;
  if (!fits(range, queries, width)) {
    attentionNormalise(...call);
    return;
  }
  const kernels = attentionKernels();
  for (let row = 0; row < queries; row++) {
    kernels.float32[factor / 4 + row] = 1 / bf16ToF32(sum.data[sum.offset + row] as number);
  }
  copyIn(kernels, output, FIRST, queries * width);
  kernels.scaleRows(FIRST, factor, queries, width, range);
  if (!staysFinite(kernels, range)) {
    attentionNormalise(...call);
    return;
  }
  copyOut(kernels, output, queries * width);
}

function fastMerge(...call: Parameters<MicrokernelImplementation>): void {
  const [operands, parameters] = call;
  const { output, otherOutput } = operands as Readonly<Record<'output' | 'otherOutput', OperandView>>;
  const [queries, width] = [parameters.queries as number, parameters.width as number];
  const bytes = 2 * queries * width;
  const [other, own] = [FIRST + bytes, FIRST];
  const ownFactor = other + bytes;
  const otherFactor = ownFactor + 4 * queries;
  const range = otherFactor + 4 * queries;
  if (!fits(range, queries, width)) {
    attentionMerge(...call);
    return;
  }
  const kernels = attentionKernels();
  for (let row = 0; row < queries; row++) {
    const factors = mergeFactors(operands, row, Math.fround(parameters.scale as number));
    kernels.float32[ownFactor / 4 + row] = factors.own;
    kernels.float32[otherFactor / 4 + row] = factors.other;
  }
  copyIn(kernels, output, own, queries * width);
  copyIn(kernels, otherOutput, other, queries * width);
  kernels.mergeRows(own, other, ownFactor, otherFactor, queries, width, range);
  if (!staysFinite(kernels, range)) {
    attentionMerge(...call);
    return;
  }
  copyOut(kernels, output, queries * width);
  mergeStates(operands, parameters);
}

/** Rows are of whole vectors, and there is room where the tile is at other times. */
function fits(range: number, queries: number, width: number): boolean {
  return queries % 4 === 0 && width % 8 === 0 && range + 64 <= TILE_BYTES;
}

function copyIn(kernels: AttentionKernels, { data, offset }: OperandView, to: number, count: number): void {
  kernels.uint16.set((data as Uint16Array).subarray(offset, offset + count), to / 2);
}

function copyOut(kernels: AttentionKernels, { data, offset }: OperandView, count: number): void {
  (data as Uint16Array).set(kernels.uint16.subarray(FIRST / 2, FIRST / 2 + count), offset);
}

/** A NaN or infinity in whatever operand makes the result one, or the product of a zero and it. */
function staysFinite({ int32 }: AttentionKernels, range: number): boolean {
  let largest = 0;
  for (let lane = range / 4; lane < range / 4 + 4; lane++) largest = Math.max(largest, int32[lane] as number);
  return largest >>> 23 < NOT_FINITE;
}
