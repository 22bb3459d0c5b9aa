import {
  axisLength,
  BYTES_PER_ELEMENT,
  layoutElements,
  paddedIndex,
  type StorageFormat,
  type TensorLayout,
} from '@tilewright/spec';
import { type ElementArray, elementView, storedElements, widenedElements } from './element-array.ts';

/** Where elements lie: element (row, column) of the tensor is at `row · rowStride + columnOffsets[column]`. */
interface Placement {
  readonly rowStride: number;
  readonly columnOffsets: Int32Array;
}

const placements = new WeakMap<TensorLayout, Placement>();

function placementOf(layout: TensorLayout): Placement {
  let placement = placements.get(layout);
  if (placement === undefined) {
    const { columns, heads, rows, order } = layout;
    const headWidth = columns.total / heads;
    const columnOffsets = Int32Array.from({ length: axisLength(columns) }, (_, column) => {
      const padded = paddedIndex(columns, column);
      if (order === 'sequence-first') return padded;
      return Math.floor(padded / headWidth) * rows * headWidth + (padded % headWidth);
    });
    placement = { rowStride: order === 'sequence-first' ? columns.total : headWidth, columnOffsets };
    placements.set(layout, placement);
  }
  return placement;
}

/** Bytes of a buffer, padding included. */
export function layoutBytes(layout: TensorLayout, format: StorageFormat): number {
  return layoutElements(layout) * BYTES_PER_ELEMENT[format];
}

/**
 * Writes [rows, axisLength(columns)] FP32 values into a buffer; padding, rows below `values` included,
 * becomes zero. `values` may have fewer rows than the layout.
 */
export function packTensor(values: Float32Array, layout: TensorLayout, format: StorageFormat, into: Uint8Array): void {
  const target = elementView(into, format);
  const source = storedElements(values, format);
  const { rowStride, columnOffsets } = placementOf(layout);
  const width = columnOffsets.length;
  const rows = values.length / width;
  target.fill(0);
  for (let row = 0; row < rows; row++) {
    const from = row * width;
    const to = row * rowStride;
    for (let column = 0; column < width; column++) target[to + columnOffsets[column]] = source[from + column];
  }
}

/** Reads `rows` rows from `firstRow` on as unpadded FP32, [rows, axisLength(columns)]. */
export function unpackTensor(
  bytes: Uint8Array,
  layout: TensorLayout,
  format: StorageFormat,
  rows: number,
  firstRow = 0,
): Float32Array {
  const source = elementView(bytes, format);
  const { rowStride, columnOffsets } = placementOf(layout);
  const width = columnOffsets.length;
  const picked: ElementArray = format === 'bf16' ? new Uint16Array(rows * width) : new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const from = (firstRow + row) * rowStride;
    const to = row * width;
    for (let column = 0; column < width; column++) picked[to + column] = source[from + columnOffsets[column]];
  }
  return widenedElements(picked);
}

/** Copies a tensor from one layout into another of the same format and width; bits are kept, padding is zero. */
export function relayoutTensor(
  from: Uint8Array,
  fromLayout: TensorLayout,
  to: Uint8Array,
  toLayout: TensorLayout,
  format: StorageFormat,
): void {
  const source = elementView(from, format);
  const target = elementView(to, format);
  const read = placementOf(fromLayout);
  const write = placementOf(toLayout);
  const width = Math.min(read.columnOffsets.length, write.columnOffsets.length);
  const rows = Math.min(fromLayout.rows, toLayout.rows);
  target.fill(0);
  for (let row = 0; row < rows; row++) {
    const fromRow = row * read.rowStride;
    const toRow = row * write.rowStride;
    for (let column = 0; column < width; column++) {
      target[toRow + write.columnOffsets[column]] = source[fromRow + read.columnOffsets[column]];
    }
  }
}
