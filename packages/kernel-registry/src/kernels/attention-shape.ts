import type { KernelConfig, ProgramArgument } from '@tilewright/spec';
import { choice, dimension, type LimitList, realDimension } from '../kernel/config-values.ts';
import type { KernelShape } from '../kernel/kernel-definition.ts';

/** Heads-first buffers are [heads, rows, headDim]; sequence-first ones [rows, width], heads side by side. */
export const ATTENTION_LAYOUTS = ['heads-first', 'sequence-first'] as const;

/** The dimensions of every attention over a whole prompt. */
export const ATTENTION_SHAPE = [
  'heads',
  'keyValueHeads',
  'rows',
  'headDim',
  'scaleDim',
  'queryWidth',
  'keyValueWidth',
  'causal',
] as const;

/** One attention, whatever its cores do; lengths in elements. */
export interface AttentionShape {
  readonly heads: number;
  readonly keyValueHeads: number;
  /** Query heads per key-value head. */
  readonly group: number;
  /** Positions, of queries and of keys. */
  readonly rows: number;
  /** Of queries, keys and values, padding included. */
  readonly headDim: number;
  /** The true head dimension, which the softmax scales by. */
  readonly scaleDim: number;
  /** Elements per position in the buffers of queries and output, and of keys and values: at least all heads. */
  readonly queryWidth: number;
  readonly keyValueWidth: number;
  readonly causal: boolean;
  readonly layout: (typeof ATTENTION_LAYOUTS)[number];
}

/** Reads shape and layout; throws `plan-invalid` where a value is missing or impossible. */
export function attentionShape(kernel: string, shape: KernelShape, config: KernelConfig): AttentionShape {
  const size = (name: (typeof ATTENTION_SHAPE)[number]): number => dimension(kernel, shape, name);
  const [heads, keyValueHeads] = [size('heads'), size('keyValueHeads')];
  return {
    heads,
    keyValueHeads,
    group: heads / keyValueHeads,
    rows: size('rows'),
    headDim: size('headDim'),
    scaleDim: size('scaleDim'),
    queryWidth: size('queryWidth'),
    keyValueWidth: size('keyValueWidth'),
    causal: realDimension(kernel, shape, 'causal') !== 0,
    layout: choice(kernel, config, 'layout', ATTENTION_LAYOUTS),
  };
}

/** The arguments of every attention's Program, in order. */
export function attentionArguments(t: AttentionShape): readonly ProgramArgument[] {
  const queries = t.rows * t.queryWidth;
  const keys = t.rows * t.keyValueWidth;
  return [
    { name: 'q', format: 'bf16', elements: queries, access: 'read' },
    { name: 'k', format: 'bf16', elements: keys, access: 'read' },
    { name: 'v', format: 'bf16', elements: keys, access: 'read' },
    { name: 'output', format: 'bf16', elements: queries, access: 'write' },
  ];
}

/** The padded head holds the true one, and rows of the buffers whole heads. */
export function limitWidths(list: LimitList, t: AttentionShape): void {
  list.atMost('scale', t.scaleDim, t.headDim, 'scaleDim is the true head dimension, at most the padded one');
  list.atMost('query-width', t.heads * t.headDim, t.queryWidth, 'a row of queries must hold all heads');
  list.atMost('key-value-width', t.keyValueHeads * t.headDim, t.keyValueWidth, 'a row of keys must hold all heads');
  list.multiple('query-width', t.queryWidth, t.headDim, 'queryWidth must hold whole heads');
  list.multiple('key-value-width', t.keyValueWidth, t.headDim, 'keyValueWidth must hold whole heads');
}
