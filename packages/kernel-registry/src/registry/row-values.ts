import type { KernelConfig } from '@tilewright/spec';
import type { BuiltKernel, KernelShape } from '../kernel/kernel-definition.ts';
import type { PublishedRow } from './published-rows.ts';

/** A published row as a shape and configuration of a kernel. */
export interface Translated {
  /** Where rows of one published kernel are about several of ours. */
  readonly kernel?: string;
  /** Everything that the kernel's shape needs; what the row does not say, such as an epsilon, as it usually is. */
  readonly shape: KernelShape;
  /** The dimensions that the row states: those by which it is near to another shape or far from it. */
  readonly stated: readonly string[];
  readonly config: KernelConfig;
  /** Settings that the row leaves open, and that we filled in as the publisher usually has them. */
  readonly assumed?: readonly string[];
  /** What the row has otherwise than our builder. */
  readonly adapt?: (kernel: BuiltKernel) => BuiltKernel;
}

export type Translate = (row: PublishedRow) => Translated | null;

/** A number of the row's shape. */
export function shapeOf(row: PublishedRow, name: string): number | undefined {
  const value = row.shape?.[name];
  return typeof value === 'number' ? value : undefined;
}

/** A number of the row's tile. */
export function tileOf(row: PublishedRow, name: string): number | undefined {
  const value = row.tile?.[name];
  return typeof value === 'number' ? value : undefined;
}

/** Null where a row leaves a dimension or a setting open. */
export function complete(
  shape: Readonly<Record<string, number | undefined>>,
  numbers: Readonly<Record<string, number | undefined>>,
  words: Readonly<Record<string, string>> = {},
  usual: KernelShape = {},
): Translated | null {
  const values = [...Object.values(shape), ...Object.values(numbers)];
  if (values.some((value) => value === undefined)) return null;
  return {
    shape: { ...(shape as KernelShape), ...usual },
    stated: Object.keys(shape),
    config: { ...words, ...(numbers as Readonly<Record<string, number>>) },
  };
}
