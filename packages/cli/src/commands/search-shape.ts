import type { KernelDefinition, KernelShape } from '@tilewright/kernel-registry';
import { TilewrightError } from '@tilewright/spec';

/** What follows from other dimensions, or is what nearly everyone has, where a shape does not say. */
const USUAL: Readonly<Record<string, (shape: KernelShape) => number | undefined>> = {
  causal: () => 1,
  count: ({ width, k }) => width ?? k,
  epsilon: () => 1e-5,
  keyValueHeads: ({ heads }) => heads,
  keyValueWidth: ({ keyValueHeads, heads, headDim = Number.NaN }) => (keyValueHeads ?? heads ?? Number.NaN) * headDim,
  partitions: () => 1,
  queryWidth: ({ heads = Number.NaN, headDim = Number.NaN }) => heads * headDim,
  scaleDim: ({ headDim }) => headDim,
};

/** A whole shape of a kernel from what was given. Throws `usage` where a dimension is open or is not the kernel's. */
export function searchShape({ name, shapeNames }: KernelDefinition, given: KernelShape): KernelShape {
  const strange = Object.keys(given).filter((dimension) => !shapeNames.includes(dimension));
  const shape = Object.fromEntries(
    shapeNames.flatMap((dimension): [string, number][] => {
      const value = given[dimension] ?? USUAL[dimension]?.(given);
      return value === undefined || Number.isNaN(value) ? [] : [[dimension, value]];
    }),
  );
  const open = shapeNames.filter((dimension) => shape[dimension] === undefined);
  if (strange.length === 0 && open.length === 0) return shape;
  const wanted = shapeNames.filter((dimension) => USUAL[dimension] === undefined);
  throw new TilewrightError(
    'usage',
    strange.length > 0
      ? `A shape of ${name} has no ${strange.join(', ')}.`
      : `A shape of ${name} needs ${open.join(', ')}.`,
    `Give --shape ${wanted.map((dimension) => `${dimension}=…`).join(',')}.`,
    { expected: shapeNames.join(', '), got: Object.keys(given).join(', ') },
  );
}
