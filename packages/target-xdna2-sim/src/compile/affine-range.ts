import type { Affine } from '@tilewright/spec';

/** Smallest and largest value, both included. */
export type Range = readonly [number, number];

/** The values that an affine expression can take when its variables run over their ranges. */
export function affineRange(expression: Affine, scope: ReadonlyMap<string, Range>): Range {
  let low = expression.constant;
  let high = expression.constant;
  for (const [variable, coefficient] of Object.entries(expression.coefficients)) {
    const [first, last] = scope.get(variable) ?? [0, 0];
    low += Math.min(coefficient * first, coefficient * last);
    high += Math.max(coefficient * first, coefficient * last);
  }
  return [low, high];
}
