/**
 * How one axis of a tensor lies in a buffer: `segments` runs of `size` elements, each padded with
 * zeros to `paddedSize`, and the whole padded to `total`. A head axis has one segment per head (or
 * two, where a rotation pairs halves that must stay aligned).
 */
export interface AxisLayout {
  readonly segments: number;
  readonly size: number;
  readonly paddedSize: number;
  readonly total: number;
}

/**
 * A [rows, columns] tensor in a buffer. `sequence-first` is row-major with `columns.total` elements
 * per row; `heads-first` is [heads, rows, head width], each head contiguous.
 */
export interface TensorLayout {
  readonly order: 'sequence-first' | 'heads-first';
  /** Rows with padding; real rows come first. */
  readonly rows: number;
  /** Groups of columns that stay together; 1 where heads do not matter. */
  readonly heads: number;
  readonly columns: AxisLayout;
}

/** An axis without structure, padded at its end. */
export function plainAxis(size: number, total: number = size): AxisLayout {
  return { segments: 1, size, paddedSize: size, total };
}

/** The unpadded length of an axis. */
export function axisLength(axis: AxisLayout): number {
  return axis.segments * axis.size;
}

/** Where element `index` of the unpadded axis lies on the padded one. */
export function paddedIndex(axis: AxisLayout, index: number): number {
  const segment = Math.floor(index / axis.size);
  return segment * axis.paddedSize + (index - segment * axis.size);
}

/** Elements of a buffer with this layout, padding included. */
export function layoutElements(layout: TensorLayout): number {
  return layout.rows * layout.columns.total;
}
