import type { MicrokernelOperand, MicrokernelParameters } from '../program/microkernel.ts';

/**
 * How both matrix kernels see their operands: 8x8 blocks, each contiguous and row-major, so that a
 * block is one register load. The blocks of A run over m innermost, those of B over k, those of C
 * over m; element (row, column) of a matrix is at
 *
 *   A[m, k]: (⌊k/8⌋ · M/8 + ⌊m/8⌋) · 64 + (m mod 8) · 8 + k mod 8
 *   B[k, n]: (⌊n/8⌋ · K/8 + ⌊k/8⌋) · 64 + (k mod 8) · 8 + n mod 8
 *   C[m, n]: (⌊n/8⌋ · M/8 + ⌊m/8⌋) · 64 + (m mod 8) · 8 + n mod 8
 *
 * which is what the L2 to L1 access patterns [k/8, m/8, 8, 8] and [n/8, k/8, 8, 8] produce. Since
 * both m indices of C have the same stride of 8 per row, C read back as [m, n/8, 8] with strides
 * (8, 8·M, 1) is row-major.
 */
export const MATMUL_BLOCK = 8;

/** A and B of a matrix kernel with parameters m, k, n. */
export const MATMUL_INPUTS: readonly MicrokernelOperand[] = [
  { name: 'a', format: 'bf16', access: 'read', elements: ({ m, k }) => (m as number) * (k as number) },
  { name: 'b', format: 'bf16', access: 'read', elements: ({ k, n }) => (k as number) * (n as number) },
];

/** The kernels hold 2 x 2 blocks of C in registers, so m and n come in sixteens, k in eights. */
export function matmulLimits(parameters: MicrokernelParameters): readonly string[] {
  const multiples: readonly (readonly [string, number])[] = [
    ['m', 2 * MATMUL_BLOCK],
    ['n', 2 * MATMUL_BLOCK],
    ['k', MATMUL_BLOCK],
  ];
  return multiples
    .filter(([name, multiple]) => (parameters[name] as number) % multiple !== 0)
    .map(([name, multiple]) => `${name} is ${parameters[name]}; the kernel needs a multiple of ${multiple}.`);
}

/** m·k·n. */
export function matmulMultiplyAccumulates({ m, k, n }: MicrokernelParameters): number {
  return (m as number) * (k as number) * (n as number);
}
