/**
 * KL(reference ‖ ours) in nats of the distributions that two rows of logits stand for:
 * Σ p·(log p − log q), with softmax in float64. Never negative but for rounding, which is cut off.
 */
export function klDivergence(ourLogits: Float32Array, referenceLogits: Float32Array): number {
  const ourNormaliser = logSumExp(ourLogits);
  const referenceNormaliser = logSumExp(referenceLogits);
  let divergence = 0;
  for (let i = 0; i < referenceLogits.length; i++) {
    const logReference = referenceLogits[i] - referenceNormaliser;
    divergence += Math.exp(logReference) * (logReference - (ourLogits[i] - ourNormaliser));
  }
  return Math.max(0, divergence);
}

function logSumExp(values: Float32Array): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) highest = Math.max(highest, values[i]);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.exp(values[i] - highest);
  return highest + Math.log(sum);
}
