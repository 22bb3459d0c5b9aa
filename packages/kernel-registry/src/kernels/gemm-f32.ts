import type { KernelDefinition } from '../kernel/kernel-definition.ts';
import { gemmKernel } from './gemm-kernel.ts';
import { F32_OUT } from './gemm-tiling.ts';

/** C [m, n] in f32 = A [m, k] · B [k, n] in bf16, all row-major: dataflows.md, 2. */
export const gemmF32: KernelDefinition = gemmKernel(F32_OUT, {
  summary: 'c[m,n] = a[m,k]·b[k,n], row-major, bf16 in and f32 out, M over columns and N over rows of the herd',
  datapath:
    'Both operands in bfp16ebs8 along k, f32 accumulation and result (published mean relative L1 9.3e-3); external: ' +
    'the library kernel; direct: code of the compiler.',
});
