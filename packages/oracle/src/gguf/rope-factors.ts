import type { RopeSpec } from '@tilewright/spec';

type Llama3Scaling = Extract<RopeSpec['scaling'], { type: 'llama3' }>;

/** Rounding to float32 on the way from a configuration into the file, many times over. */
const TOLERANCE = 1e-5;
/** Only the two wavelengths `original / low` and `original / high` matter, so `low` may as well be 1. */
const LOW = 1;
/** Llama 3's own first. */
const HIGH: readonly number[] = [4, 2, 3, 8, 16, 32];
const ORIGINAL_MAX_POSITIONS: readonly number[] = [8192, ...Array.from({ length: 18 }, (_, power) => 2 ** (power + 4))];
const FACTORS: readonly number[] = [8, 32, 2, 4, 16, 64];

/**
 * The scaling of Llama 3.1 and later whose factors a file's `rope_freqs.weight` holds, one per pair of a head: by
 * how much each frequency is divided. The file does not say from which parameters they were made, so these are
 * found: the same factors are the same embedding. Null where no parameters give these factors.
 */
export function ropeScalingOf(
  factors: Float32Array,
  theta: number,
  hints: { readonly factor?: number; readonly originalMaxPositions?: number },
): RopeSpec['scaling'] | null {
  if (factors.every((factor) => factor === 1)) return { type: 'none' };
  const wavelengths = Float64Array.from(factors, (_, pair) => 2 * Math.PI * theta ** (pair / factors.length));
  const largest = factors.reduce((most, factor) => Math.max(most, factor), 0);
  for (const factor of withHint(hints.factor, [largest, ...FACTORS])) {
    for (const high of HIGH) {
      for (const original of withHint(hints.originalMaxPositions, ORIGINAL_MAX_POSITIONS)) {
        const scaling: Llama3Scaling = {
          type: 'llama3',
          factor,
          lowFrequencyFactor: LOW,
          highFrequencyFactor: high,
          originalMaxPositions: original,
        };
        if (gives(scaling, wavelengths, factors)) return scaling;
      }
    }
  }
  return null;
}

function withHint(hint: number | undefined, others: readonly number[]): readonly number[] {
  return hint === undefined ? others : [hint, ...others];
}

function gives(scaling: Llama3Scaling, wavelengths: Float64Array, factors: Float32Array): boolean {
  return factors.every((factor, pair) => Math.abs(divisor(wavelengths[pair], scaling) / factor - 1) <= TOLERANCE);
}

/** By how much Llama 3.1 divides the frequency of a wavelength (transformers' `_compute_llama3_parameters`). */
function divisor(
  wavelength: number,
  { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalMaxPositions }: Llama3Scaling,
): number {
  const turns = originalMaxPositions / wavelength;
  if (turns < low) return factor;
  if (turns > high) return 1;
  const smooth = (turns - low) / (high - low);
  return 1 / ((1 - smooth) / factor + smooth);
}
