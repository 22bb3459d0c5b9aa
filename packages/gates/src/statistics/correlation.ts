/**
 * Pearson correlation, in two passes so that a large mean costs no digits. Where one side is constant
 * it is undefined: then 1 if both are constant (whether at the same value is for the absolute error
 * to say), else 0. It is blind to scale and shift, so no gate may pass on it alone.
 */
export function correlation(ours: Float32Array, reference: Float32Array): number {
  const count = ours.length;
  if (count === 0) return 0;
  let ourSum = 0;
  let referenceSum = 0;
  for (let i = 0; i < count; i++) {
    ourSum += ours[i];
    referenceSum += reference[i];
  }
  const ourMean = ourSum / count;
  const referenceMean = referenceSum / count;
  let ourVariance = 0;
  let referenceVariance = 0;
  let covariance = 0;
  for (let i = 0; i < count; i++) {
    const a = ours[i] - ourMean;
    const b = reference[i] - referenceMean;
    ourVariance += a * a;
    referenceVariance += b * b;
    covariance += a * b;
  }
  const isOursConstant = isNegligible(ourVariance / count, ourMean);
  const isReferenceConstant = isNegligible(referenceVariance / count, referenceMean);
  if (isOursConstant || isReferenceConstant) return isOursConstant && isReferenceConstant ? 1 : 0;
  return covariance / Math.sqrt(ourVariance * referenceVariance);
}

/** A spread below what float32 can tell from the mean. */
function isNegligible(variance: number, mean: number): boolean {
  return variance <= (mean * 2 ** -23) ** 2;
}
