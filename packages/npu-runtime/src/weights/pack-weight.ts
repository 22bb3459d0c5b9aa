import {
  type AxisLayout,
  axisLength,
  type PlanBuffer,
  paddedIndex,
  type StorageFormat,
  type Tensor,
  TilewrightError,
  type WeightContent,
} from '@tilewright/spec';
import { type ElementArray, elementView, newElements, storeElements } from '../layout/element-array.ts';
import { layoutBytes, packTensor } from '../layout/pack-tensor.ts';

/** Outputs and inputs that are transposed together, so that what is read and what is written stays in the cache. */
const OUTPUT_BLOCK = 64;
const INPUT_BLOCK = 128;
/** Between rows that are transposed together: without it, all of them would fall on the same lines of the cache. */
const ROW_GAP = 40;

/** Rows of a weight: from `firstRow` on, all that the buffer wants. */
export interface WeightRows {
  /** Of the whole weight. */
  readonly shape: readonly number[];
  readonly firstRow: number;
  readonly data: Float32Array;
}

/**
 * The bytes of a weight buffer: the checkpoint's tensor ([out, in] or [length]) laid out as the buffer
 * wants it, padding zero, rounded to the buffer's format. Throws `tensor-misshapen` where they do not fit.
 */
export function packWeight(weight: Tensor, buffer: PlanBuffer & { readonly content: WeightContent }): Uint8Array {
  const bytes = new Uint8Array(layoutBytes(buffer.layout, buffer.format));
  packRows({ ...weight, firstRow: 0 }, buffer, bytes);
  return bytes;
}

/** As `packWeight`, into memory of the buffer's length that may hold anything, and from the rows that it wants alone. */
export function packRows(
  weight: WeightRows,
  buffer: PlanBuffer & { readonly content: WeightContent },
  into: Uint8Array,
): void {
  if (buffer.content.kind === 'vector') packVector(weight, buffer, into);
  else packMatrix(weight, buffer, buffer.content, into, 0);
}

/**
 * Fills the rows of a packed matrix that belong to `interleavedWith` with that weight. Throws `tensor-misshapen` where
 * it does not fit.
 */
export function interleaveWeight(
  weight: WeightRows,
  buffer: PlanBuffer & { readonly content: WeightContent },
  bytes: Uint8Array,
): void {
  if (buffer.content.kind === 'matrix') packMatrix(weight, buffer, buffer.content, bytes, 1);
}

function packVector(weight: WeightRows, buffer: PlanBuffer, bytes: Uint8Array): void {
  const { rows, columns } = buffer.layout;
  requireFit(buffer, weight, weight.shape.length === 1 && weight.data.length === axisLength(columns));
  const repeated = new Float32Array(rows * weight.data.length);
  for (let row = 0; row < rows; row++) repeated.set(weight.data, row * weight.data.length);
  packTensor(repeated, buffer.layout, buffer.format, bytes);
}

function packMatrix(
  weight: WeightRows,
  buffer: PlanBuffer,
  content: WeightContent & { kind: 'matrix' },
  bytes: Uint8Array,
  /** Of two interleaved matrices, which one. */
  part: 0 | 1,
): void {
  const { input, output, firstOutput, outputs, stored } = content;
  const inputs = axisLength(input);
  const period = content.interleavedWith === undefined ? 1 : 2;
  requireFit(
    buffer,
    weight,
    weight.shape.length === 2 &&
      weight.shape[1] === inputs &&
      firstOutput + outputs <= (weight.shape[0] as number) &&
      outputs === axisLength(output) &&
      (period === 1 || stored === 'out-in'),
  );
  const target = elementView(bytes, buffer.format);
  if (part === 0 && target.length !== period * outputs * inputs) target.fill(0);
  const first = firstOutput - weight.firstRow;
  const rows = (from: number, count: number): Float32Array =>
    weight.data.subarray((first + from) * inputs, (first + from + count) * inputs);
  if (stored === 'in-out') packTransposed(rows, content, target, buffer.format);
  else {
    const outputAt = paddedIndices(output);
    const runs = contiguousRuns(input);
    for (let o = 0; o < outputs; o++) {
      const source = rows(o, 1);
      const to = (outputAt[o] * period + part) * input.total;
      for (const { from, at, length } of runs) {
        storeElements(source.subarray(from, from + length), buffer.format, target.subarray(to + at, to + at + length));
      }
    }
  }
}

function packTransposed(
  rows: (from: number, count: number) => Float32Array,
  { input, output }: WeightContent & { kind: 'matrix' },
  target: ElementArray,
  format: StorageFormat,
): void {
  const inputs = axisLength(input);
  const inputAt = paddedIndices(input);
  const outputRuns = contiguousRuns(output);
  const stride = inputs + ROW_GAP;
  const block = newElements(format, OUTPUT_BLOCK * stride);
  for (const run of outputRuns) {
    for (let o = 0; o < run.length; o += OUTPUT_BLOCK) {
      const count = Math.min(OUTPUT_BLOCK, run.length - o);
      for (let row = 0; row < count; row++) {
        storeElements(rows(run.from + o + row, 1), format, block.subarray(row * stride, row * stride + inputs));
      }
      for (let begin = 0; begin < inputs; begin += INPUT_BLOCK) {
        const end = Math.min(begin + INPUT_BLOCK, inputs);
        for (let i = begin; i < end; i++) {
          const to = inputAt[i] * output.total + run.at + o;
          for (let row = 0, from = i; row < count; row++, from += stride) target[to + row] = block[from];
        }
      }
    }
  }
}

/** Parts of an axis that stay together when it is padded: elements [from, from + length) come to lie at `at`. */
function contiguousRuns(
  axis: AxisLayout,
): readonly { readonly from: number; readonly at: number; readonly length: number }[] {
  const length = axisLength(axis);
  const runs: { from: number; at: number; length: number }[] = [];
  for (let index = 0; index < length; index++) {
    const at = paddedIndex(axis, index);
    const last = runs.at(-1);
    if (last !== undefined && last.at + last.length === at) last.length++;
    else runs.push({ from: index, at, length: 1 });
  }
  return runs;
}

function paddedIndices(axis: AxisLayout): Int32Array {
  return Int32Array.from({ length: axisLength(axis) }, (_, index) => paddedIndex(axis, index));
}

function requireFit(buffer: PlanBuffer, weight: WeightRows, fits: boolean): void {
  if (fits) return;
  throw new TilewrightError(
    'tensor-misshapen',
    `A weight of shape ${weight.shape.join(' × ')} does not fit the buffer ${buffer.id}.`,
    'Use the model that the plan was made for.',
    { field: buffer.id, got: weight.shape },
  );
}
