/**
 * Exponentials from additions and multiplications only, so that every engine gives the same bits:
 * ECMAScript leaves Math.exp and Math.tanh to the implementation.
 */

const { LN2 } = Math;
const TERMS = 14;

/** 2^x in float64, relative error below 1e-15; 0 below 2^-1000, Infinity above 2^1000. */
export function exponential2(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x < -1000) return 0;
  if (x > 1000) return Number.POSITIVE_INFINITY;
  const whole = Math.round(x);
  const exponent = (x - whole) * LN2;
  // Taylor series about 0 for |exponent| ≤ ln2/2, by Horner's rule.
  let series = 1;
  for (let term = TERMS; term > 0; term--) series = 1 + (exponent / term) * series;
  return series * powerOfTwo(whole);
}

/** The hyperbolic tangent in float64. */
export function hyperbolicTangent(x: number): number {
  const doubled = exponential2((2 * Math.abs(x)) / LN2);
  const magnitude = 1 - 2 / (doubled + 1);
  return x < 0 ? -magnitude : magnitude;
}

function powerOfTwo(exponent: number): number {
  let power = 1;
  const factor = exponent < 0 ? 0.5 : 2;
  for (let step = Math.abs(exponent); step > 0; step--) power *= factor;
  return power;
}
