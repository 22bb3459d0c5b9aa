/** Values of loop variables, launch iterations, herd coordinates and parallel variables by name. */
export type Environment = Readonly<Record<string, number>>;

/**
 * A whole number that is affine in named variables: `constant + Σ coefficient · variable`. All
 * addresses and counts in a Program are of this form, so its size does not grow with the shape.
 */
export interface Affine {
  readonly constant: number;
  readonly coefficients: Readonly<Record<string, number>>;
}

/** Builds an affine expression; `affine(3, { x: 8 })` is `3 + 8·x`. Zero coefficients are dropped. */
export function affine(constant: number, coefficients: Readonly<Record<string, number>> = {}): Affine {
  const kept = Object.entries(coefficients).filter(([, coefficient]) => coefficient !== 0);
  return { constant, coefficients: Object.fromEntries(kept) };
}

/** The value of an expression; a variable that is not in the environment is a malformed Program. */
export function evaluateAffine(expression: Affine, environment: Environment): number {
  let value = expression.constant;
  for (const variable in expression.coefficients) {
    value += (expression.coefficients[variable] as number) * (environment[variable] as number);
  }
  return value;
}
