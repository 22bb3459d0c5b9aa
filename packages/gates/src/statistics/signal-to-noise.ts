import { BEYOND_ANY_LIMIT } from './relative-error.ts';

/** Normalised mean square error: Σ(ours − reference)² / Σ reference². */
export function normalizedMeanSquareError(ours: Float32Array, reference: Float32Array): number {
  let noise = 0;
  let signal = 0;
  for (let i = 0; i < ours.length; i++) {
    noise += (ours[i] - reference[i]) ** 2;
    signal += reference[i] * reference[i];
  }
  if (noise === 0) return 0;
  return signal === 0 ? BEYOND_ANY_LIMIT : noise / signal;
}

/** Signal to quantisation-noise ratio in decibels: −10·log10 of the normalised mean square error, at most 300. */
export function signalToNoiseDecibels(ours: Float32Array, reference: Float32Array): number {
  return Math.min(300, -10 * Math.log10(normalizedMeanSquareError(ours, reference)));
}
