import { f16ToF32 } from '@tilewright/spec';
import { hasNonFinite, widenBf16 } from './simd-widening.ts';

/** The stored formats that we read, by safetensors' names. Widening each to FP32 is exact. */
export const STORED_FORMATS = { BF16: 'bf16', F16: 'f16', F32: 'f32' } as const;
export type StoredFormat = (typeof STORED_FORMATS)[keyof typeof STORED_FORMATS];

/** Every binary16 pattern widened, filled on first use: a look-up is ten times faster than the arithmetic. */
let halves: Float32Array | undefined;

/**
 * Widens little-endian `bytes` of a format into `out`, which has one element per stored one. `bytes`
 * must start at an address that is aligned to the format.
 */
export function widen(format: StoredFormat, bytes: Uint8Array, out: Float32Array): void {
  switch (format) {
    case 'bf16':
      widenBf16(bytes, out);
      return;
    case 'f16': {
      halves ??= Float32Array.from({ length: 65536 }, (_, bits) => f16ToF32(bits));
      const patterns = new Uint16Array(bytes.buffer, bytes.byteOffset, out.length);
      for (let i = 0; i < out.length; i++) out[i] = halves[patterns[i]];
      return;
    }
    case 'f32':
      out.set(new Float32Array(bytes.buffer, bytes.byteOffset, out.length));
  }
}

/** Index of the first NaN or infinity, or -1. */
export function firstNonFinite(values: Float32Array): number {
  return hasNonFinite(values) ? values.findIndex((value) => !Number.isFinite(value)) : -1;
}
