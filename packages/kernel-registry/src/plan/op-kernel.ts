import { type ModelSpec, type OpNode, TilewrightError } from '@tilewright/spec';
import type { KernelShape } from '../kernel/kernel-definition.ts';
import { type Axes, widthOf } from './axes.ts';

/** What a kernel's argument is bound to. */
export type Operand =
  | { readonly kind: 'tap'; readonly tap: string; readonly order: 'sequence-first' | 'heads-first' }
  | { readonly kind: 'matrix'; readonly weight: string }
  | { readonly kind: 'vector'; readonly weight: string }
  | { readonly kind: 'rope-table' };

/** The kernel that computes an op at given axes, and what its shape says about them. */
export interface OpKernel {
  readonly kernel: string;
  readonly shape: KernelShape;
  readonly operands: Readonly<Record<string, Operand>>;
  /** The axes that a padded shape needs; never smaller than the ones asked with. */
  widened(shape: KernelShape): Axes;
}

/** The kernel of an op in the prefill (all rows at once) or in decode (one row; attention is the host's). */
export function opKernel(op: OpNode, model: ModelSpec, axes: Axes, phase: 'prefill' | 'decode'): OpKernel {
  const [first, second] = op.inputs;
  const input = sequenceFirst(first as string);
  const output = sequenceFirst(op.output);
  const inputWidth = widthOf(first as string);
  const width = widthOf(op.output);
  const [weight] = op.weights;
  switch (op.kind) {
    case 'matmul': {
      const matrix: Operand = { kind: 'matrix', weight: weight as string };
      const at = (shape: KernelShape, rows: string | null, inputs: string, outputs: string): Axes =>
        widen(
          {
            ...axes,
            rows: rows === null ? axes.rows : size(shape, rows),
            [inputWidth]: size(shape, inputs),
            [width]: Math.max(size(shape, outputs), width === inputWidth ? size(shape, inputs) : 0),
          },
          axes,
        );
      return phase === 'prefill'
        ? {
            kernel: 'gemm',
            shape: { m: axes.rows, k: axes[inputWidth], n: axes[width] },
            operands: { a: input, b: matrix, c: output },
            widened: (shape) => at(shape, 'm', 'k', 'n'),
          }
        : {
            kernel: 'gemv',
            shape: { m: axes[width], k: axes[inputWidth] },
            operands: { a: matrix, x: input, c: output },
            widened: (shape) => at(shape, null, 'k', 'm'),
          };
    }
    case 'rms-norm':
      return {
        kernel: 'rms-norm',
        shape: { rows: axes.rows, width: axes.hidden, count: model.hiddenSize, epsilon: model.rmsNormEpsilon },
        operands: { input, weight: { kind: 'vector', weight: weight as string }, output },
        widened: (shape) => widen({ ...axes, rows: size(shape, 'rows'), hidden: size(shape, 'width') }, axes),
      };
    case 'qk-norm':
      return {
        kernel: 'qk-norm',
        shape: {
          rows: (axes.rows * axes[width]) / axes.headWidth,
          width: axes.headWidth,
          count: model.headDim,
          epsilon: model.rmsNormEpsilon,
        },
        operands: { input, weight: { kind: 'vector', weight: weight as string }, output },
        widened: (shape) => widenHeads(size(shape, 'rows'), size(shape, 'width'), width, axes),
      };
    case 'rope':
      return {
        kernel: 'rope',
        shape: { rows: (axes.rows * axes[width]) / axes.headWidth, width: axes.headWidth },
        operands: { input, table: { kind: 'rope-table' }, output },
        widened: (shape) => widenHeads(size(shape, 'rows'), size(shape, 'width'), width, axes),
      };
    case 'bias-add':
      return {
        kernel: 'bias-add',
        shape: { rows: axes.rows, width: axes[width] },
        operands: { input, bias: { kind: 'vector', weight: weight as string }, output },
        widened: (shape) => widen({ ...axes, rows: size(shape, 'rows'), [width]: size(shape, 'width') }, axes),
      };
    case 'add':
      return {
        kernel: 'add',
        shape: { elements: axes.rows * axes[width] },
        operands: { a: input, b: sequenceFirst(second as string), c: output },
        widened: (shape) => widenElements(size(shape, 'elements'), width, axes),
      };
    case 'silu-mul':
      return {
        kernel: 'silu-mul',
        shape: { elements: axes.rows * axes[width] },
        operands: { gate: input, up: sequenceFirst(second as string), output },
        widened: (shape) => widenElements(size(shape, 'elements'), width, axes),
      };
    case 'attention':
      return {
        kernel: 'flash-attention',
        shape: {
          heads: model.heads,
          keyValueHeads: model.keyValueHeads,
          rows: axes.rows,
          headDim: axes.headWidth,
          scaleDim: model.headDim,
          queryWidth: model.heads * axes.headWidth,
          keyValueWidth: model.keyValueHeads * axes.headWidth,
          causal: 1,
        },
        operands: {
          q: headsFirst('q_rope'),
          k: headsFirst('k_rope'),
          v: headsFirst('v_proj'),
          output: headsFirst('attention'),
        },
        widened: (shape) => widen({ ...axes, rows: size(shape, 'rows'), headWidth: size(shape, 'headDim') }, axes),
      };
  }
}

function sequenceFirst(tap: string): Operand {
  return { kind: 'tap', tap, order: 'sequence-first' };
}

function headsFirst(tap: string): Operand {
  return { kind: 'tap', tap, order: 'heads-first' };
}

function size(shape: KernelShape, name: string): number {
  const value = shape[name];
  if (value === undefined) {
    throw new TilewrightError('internal', `A planned shape has no ${name}.`, 'Report this as a bug.', { field: name });
  }
  return value;
}

/** Rows that are (position, head): more of them are further empty heads of each position. */
function widenHeads(rows: number, headWidth: number, width: 'query' | 'keyValue' | string, axes: Axes): Axes {
  return widen({ ...axes, headWidth, [width]: Math.ceil(rows / axes.rows) * headWidth }, axes);
}

function widenElements(elements: number, width: string, axes: Axes): Axes {
  return widen({ ...axes, [width]: Math.ceil(elements / axes.rows) }, axes);
}

/** Grown axes made consistent: an axis of heads holds whole heads, and nothing shrinks. */
function widen(grown: Axes, axes: Axes): Axes {
  const headWidth = Math.max(grown.headWidth, axes.headWidth);
  const heads = (total: number, before: number): number =>
    Math.max(Math.ceil(total / headWidth), Math.ceil(before / axes.headWidth)) * headWidth;
  return {
    rows: Math.max(grown.rows, axes.rows),
    hidden: Math.max(grown.hidden, axes.hidden),
    intermediate: Math.max(grown.intermediate, axes.intermediate),
    query: heads(grown.query, axes.query),
    keyValue: heads(grown.keyValue, axes.keyValue),
    headWidth,
  };
}
