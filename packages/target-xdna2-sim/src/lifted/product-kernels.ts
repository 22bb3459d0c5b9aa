import type { PanelLayout } from './lifted-launch.ts';

/** A microkernel that is a matrix product of block-quantised operands, and the names it uses. */
export interface ProductKernel {
  readonly a: string;
  readonly b: string;
  readonly c: string;
  readonly m: string;
  readonly n: string;
  readonly k: string;
  readonly bLayout: PanelLayout;
  /** Rounds c to bf16 at the end of every call. */
  readonly rounds: boolean;
}

const MATMUL = { a: 'a', b: 'b', c: 'c', m: 'm', n: 'n', k: 'k', bLayout: 'k-n-blocks' } as const;

/** Microkernels whose products may be put together, by name. */
export const PRODUCT_KERNELS: ReadonlyMap<string, ProductKernel> = new Map<string, ProductKernel>([
  ['matmul-bfp16-f32', { ...MATMUL, rounds: false }],
  ['matmul-bfp16-bf16', { ...MATMUL, rounds: true }],
  [
    'attention-scores',
    {
      a: 'query',
      b: 'key',
      c: 'scores',
      m: 'queries',
      n: 'keys',
      k: 'depth',
      bLayout: 'k-blocks',
      rounds: true,
    },
  ],
]);

/** Element of an operand in L1 that belongs to vector `outer` of `outers` at depth k. */
export function panelElement(layout: PanelLayout, outer: number, k: number, outers: number, depth: number): number {
  if (layout === 'k-blocks') return ((k >> 3) * outers + outer) * 8 + (k & 7);
  return ((outer >> 3) * (depth >> 3) + (k >> 3)) * 64 + (k & 7) * 8 + (outer & 7);
}
