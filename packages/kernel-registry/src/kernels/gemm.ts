import type { KernelDefinition } from '../kernel/kernel-definition.ts';
import { gemmKernel } from './gemm-kernel.ts';
import { BF16_OUT } from './gemm-tiling.ts';

/** C [m, n] = A [m, k] · B [k, n], all row-major bf16: dataflows.md, 2. */
export const gemm: KernelDefinition = gemmKernel(BF16_OUT, {
  summary: 'c[m,n] = a[m,k]·b[k,n], row-major bf16, M over columns and N over rows of the herd',
  datapath:
    'Both operands in bfp16ebs8 along k, f32 accumulation. drain: rounded to bf16 once (published mean relative L1 ' +
    '9.3e-3); fused-cast: truncated to bf16 in a second launch (9.7e-3); direct: rounded to bf16 at every L1 step ' +
    '(10e-3 at k = 512 to 19e-3 at k = 8192).',
});
