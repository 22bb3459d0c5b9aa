import { describe, expect, it } from 'vitest';
import { MICROKERNELS } from './microkernels.ts';

/** Positions in row-major memory that an access [sizes] with [strides] visits, in order. */
function visited(sizes: readonly number[], strides: readonly number[]): number[] {
  let positions = [0];
  sizes.forEach((size, dimension) => {
    const stride = strides[dimension] as number;
    positions = positions.flatMap((at) => Array.from({ length: size }, (_, index) => at + index * stride));
  });
  return positions;
}

describe('microkernel signatures', () => {
  it.each([...MICROKERNELS])('%s names its operands and parameters once and says what it does', (name, signature) => {
    expect(signature.name).toBe(name);
    for (const names of [signature.operands.map((operand) => operand.name), signature.parameters]) {
      expect(new Set(names).size).toBe(names.length);
    }
    expect(signature.programBytes).toBeGreaterThan(0);
    expect(signature.datapath.length * signature.source.length * signature.summary.length).toBeGreaterThan(0);
  });

  it('counts the products of a matrix kernel and refuses tiles that its registers do not take', () => {
    const matmul = MICROKERNELS.get('matmul-bfp16-f32');
    expect(matmul?.multiplyAccumulates({ m: 32, k: 8, n: 16 })).toBe(4096);
    expect(matmul?.operands.map(({ elements }) => elements({ m: 32, k: 8, n: 16 }))).toEqual([256, 128, 512]);
    expect(matmul?.limits({ m: 32, k: 8, n: 16 })).toEqual([]);
    expect(matmul?.limits({ m: 24, k: 12, n: 120 })).toHaveLength(3);
  });

  it('takes A and B in the block order that the published L2 to L1 patterns produce', () => {
    const [m, k, n] = [16, 24, 16];
    // Patterns of dataflows.md, 2.1, with k2 = k: A [k/8, m/8, 8, 8], B [n/8, k/8, 8, 8].
    const a = visited([k / 8, m / 8, 8, 8], [8, 8 * k, k, 1]);
    const b = visited([n / 8, k / 8, 8, 8], [8, 8 * n, n, 1]);
    for (const [row, depth, column] of [
      [0, 0, 0],
      [3, 17, 9],
      [13, 6, 2],
      [15, 23, 15],
    ] as const) {
      const inA = (Math.floor(depth / 8) * (m / 8) + Math.floor(row / 8)) * 64 + (row % 8) * 8 + (depth % 8);
      const inB = (Math.floor(column / 8) * (k / 8) + Math.floor(depth / 8)) * 64 + (depth % 8) * 8 + (column % 8);
      expect(a[inA]).toBe(row * k + depth);
      expect(b[inB]).toBe(depth * n + column);
    }
  });
});
