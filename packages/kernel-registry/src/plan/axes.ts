import { type AxisLayout, type ModelSpec, plainAxis } from '@tilewright/spec';

/** The padded sizes that the kernels of one section agreed on. Widths are elements per row. */
export interface Axes {
  readonly rows: number;
  readonly hidden: number;
  readonly intermediate: number;
  /** Queries and the attention's output; a multiple of `headWidth`. */
  readonly query: number;
  /** Keys, and values; a multiple of `headWidth`. */
  readonly keyValue: number;
  /** One head, padded; even, so that a rotation's halves stay aligned. */
  readonly headWidth: number;
}

export type WidthName = 'hidden' | 'intermediate' | 'query' | 'keyValue';

/** The unpadded sizes, from which the search for common ones starts. */
export function trueAxes(model: ModelSpec, rows: number): Axes {
  const { headDim, heads, keyValueHeads, hiddenSize: hidden, intermediateSize: intermediate } = model;
  return { rows, hidden, intermediate, query: heads * headDim, keyValue: keyValueHeads * headDim, headWidth: headDim };
}

/** Which width a tap has: that of the residual stream, the MLP, the queries, or the keys and values. */
export function widthOf(tap: string): WidthName {
  const name = tap.replace(/\.matmul$/, '');
  if (name === 'q_proj' || name === 'q_norm' || name === 'q_rope' || name === 'attention') return 'query';
  if (name === 'k_proj' || name === 'k_norm' || name === 'k_rope' || name === 'v_proj') return 'keyValue';
  if (name === 'gate_proj' || name === 'up_proj' || name === 'silu_mul') return 'intermediate';
  return 'hidden';
}

/** True for what is rotated: its heads are padded by halves, so that each element keeps its partner. */
function isRotated(tap: string): boolean {
  return /^[qk]_(proj|norm|rope)/.test(tap);
}

/** How the columns of a tap lie in a buffer of these axes. */
export function columnsOf(tap: string, model: ModelSpec, axes: Axes): AxisLayout {
  switch (widthOf(tap)) {
    case 'hidden':
      return plainAxis(model.hiddenSize, axes.hidden);
    case 'intermediate':
      return plainAxis(model.intermediateSize, axes.intermediate);
    case 'query':
      return headColumns(model.heads, isRotated(tap), model, axes.headWidth, axes.query);
    case 'keyValue':
      return headColumns(model.keyValueHeads, isRotated(tap), model, axes.headWidth, axes.keyValue);
  }
}

/** Columns of `heads` heads, each padded to `headWidth`, by halves where they are rotated. */
export function headColumns(
  heads: number,
  rotated: boolean,
  model: ModelSpec,
  headWidth: number,
  total: number = heads * headWidth,
): AxisLayout {
  const { headDim } = model;
  return rotated && headWidth !== headDim
    ? { segments: 2 * heads, size: headDim / 2, paddedSize: headWidth / 2, total }
    : { segments: heads, size: headDim, paddedSize: headWidth, total };
}

/** How many groups of columns a tap has in a buffer: heads where it has any, filled up by empty ones. */
export function groupsOf(tap: string, axes: Axes): number {
  const width = widthOf(tap);
  return width === 'query' || width === 'keyValue' ? axes[width] / axes.headWidth : 1;
}
