import {
  type AxisLayout,
  axisLength,
  type PlanBuffer,
  paddedIndex,
  type Tensor,
  TilewrightError,
  type WeightContent,
} from '@tilewright/spec';
import { elementView, storedElements } from '../layout/element-array.ts';
import { layoutBytes, packTensor } from '../layout/pack-tensor.ts';

/** Outputs that are transposed together, so that a cache line is written once. */
const OUTPUT_BLOCK = 32;

/**
 * The bytes of a weight buffer: the checkpoint's tensor ([out, in] or [length]) laid out as the buffer
 * wants it, padding zero, rounded to the buffer's format. Throws `tensor-misshapen` where they do not fit.
 */
export function packWeight(weight: Tensor, buffer: PlanBuffer & { readonly content: WeightContent }): Uint8Array {
  const bytes = new Uint8Array(layoutBytes(buffer.layout, buffer.format));
  if (buffer.content.kind === 'vector') packVector(weight, buffer, bytes);
  else packMatrix(weight, buffer, buffer.content, bytes, 0);
  return bytes;
}

/**
 * Fills the rows of a packed matrix that belong to `interleavedWith` with that weight. Throws `tensor-misshapen` where
 * it does not fit.
 */
export function interleaveWeight(
  weight: Tensor,
  buffer: PlanBuffer & { readonly content: WeightContent },
  bytes: Uint8Array,
): void {
  if (buffer.content.kind === 'matrix') packMatrix(weight, buffer, buffer.content, bytes, 1);
}

function packVector(weight: Tensor, buffer: PlanBuffer, bytes: Uint8Array): void {
  const { rows, columns } = buffer.layout;
  requireFit(buffer, weight, weight.shape.length === 1 && weight.data.length === axisLength(columns));
  const repeated = new Float32Array(rows * weight.data.length);
  for (let row = 0; row < rows; row++) repeated.set(weight.data, row * weight.data.length);
  packTensor(repeated, buffer.layout, buffer.format, bytes);
}

function packMatrix(
  weight: Tensor,
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
  const inputAt = paddedIndices(input);
  const outputAt = paddedIndices(output);
  for (let block = 0; block < outputs; block += OUTPUT_BLOCK) {
    const end = Math.min(block + OUTPUT_BLOCK, outputs);
    const first = (firstOutput + block) * inputs;
    const source = storedElements(weight.data.subarray(first, first + (end - block) * inputs), buffer.format);
    if (stored === 'out-in') {
      for (let o = block; o < end; o++) {
        const from = (o - block) * inputs;
        const to = (outputAt[o] * period + part) * input.total;
        for (let i = 0; i < inputs; i++) target[to + inputAt[i]] = source[from + i];
      }
    } else {
      for (let i = 0; i < inputs; i++) {
        const to = inputAt[i] * output.total;
        for (let o = block; o < end; o++) target[to + outputAt[o]] = source[(o - block) * inputs + i];
      }
    }
  }
}

function paddedIndices(axis: AxisLayout): Int32Array {
  return Int32Array.from({ length: axisLength(axis) }, (_, index) => paddedIndex(axis, index));
}

function requireFit(buffer: PlanBuffer, weight: Tensor, fits: boolean): void {
  if (fits) return;
  throw new TilewrightError(
    'tensor-misshapen',
    `A weight of shape ${weight.shape.join(' × ')} does not fit the buffer ${buffer.id}.`,
    'Use the model that the plan was made for.',
    { field: buffer.id, got: weight.shape },
  );
}
