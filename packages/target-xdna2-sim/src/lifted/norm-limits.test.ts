import { seededRandom } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { takeMatrixKernels } from './matrix-kernels.ts';
import { limitsFor, normLimits } from './norm-limits.ts';

const SIZES = { m: 32, n: 16, k: 1024 };
const kernels = takeMatrixKernels();

/** Normal numbers, of which blocks of eight along k are smaller by two to the power of up to `octaves`. */
function operand(vectors: number, octaves: number, kStride: number, outerStride: number): Uint16Array {
  const random = seededRandom(17);
  const data = new Uint16Array(vectors * SIZES.k);
  const value = new Float32Array(1);
  const bits = new Uint32Array(value.buffer);
  for (let vector = 0; vector < vectors; vector++) {
    for (let k = 0; k < SIZES.k; k += 8) {
      const scale = 2 ** -random.integer(0, octaves + 1);
      for (let i = 0; i < 8; i++) {
        value[0] = random.normal() * scale;
        data[vector * outerStride + (k + i) * kStride] = (bits[0] as number) >>> 16;
      }
    }
  }
  return data;
}

function limits(rowOctaves: number, columnOctaves: number): ReturnType<typeof normLimits> {
  const launch = {
    ...SIZES,
    rows: { argument: 0, bases: Int32Array.of(0), outerStride: SIZES.k, kStride: 1 },
    columns: { argument: 1, bases: Int32Array.of(0), outerStride: 1, kStride: SIZES.n },
    target: { argument: 2, rounds: false, bases: Int32Array.of(0), rowStride: SIZES.n },
  };
  const a = operand(SIZES.m, rowOctaves, 1, SIZES.k);
  return normLimits(kernels, launch, a, operand(SIZES.n, columnOctaves, SIZES.n, 1));
}

describe('limits of norms', () => {
  it.each([64, 128, 256])('let no sum of products exceed what float32 holds, with slices of %i', (slice) => {
    for (let rows = 256; rows <= 65536; rows *= 1.7) {
      const { columns } = limitsFor(rows, slice);
      const rounding = Math.sqrt(slice) / 2;
      expect((rows + rounding) * (columns + rounding)).toBeLessThanOrEqual(2 ** 24);
      expect((rows + rounding) * (columns + rounding)).toBeGreaterThan(0.99 * 2 ** 24);
    }
  });

  it('give more to the side that varies more', () => {
    const [rows, columns] = [limits(2, 0), limits(0, 2)];
    expect((rows?.rows ?? 0) / (rows?.columns ?? 1)).toBeGreaterThan(1.3);
    expect((columns?.columns ?? 0) / (columns?.rows ?? 1)).toBeGreaterThan(1.3);
  });

  it('are none where neither float32 nor shorter slices pay', () => {
    expect(limits(0, 0)?.slice).toBe(256);
    expect(limits(6, 6)).toBeNull();
  });
});
