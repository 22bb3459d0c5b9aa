import type { KernelDefinition } from '../kernel/kernel-definition.ts';
import { add } from '../kernels/add.ts';
import { biasAdd } from '../kernels/bias-add.ts';
import { gemm } from '../kernels/gemm.ts';
import { gemv } from '../kernels/gemv.ts';
import { lmHeadGemv } from '../kernels/lm-head-gemv.ts';

const DEFINITIONS: readonly KernelDefinition[] = [add, biasAdd, gemm, gemv, lmHeadGemv];

/** Every kernel of the registry by name. */
export const KERNELS: ReadonlyMap<string, KernelDefinition> = new Map(
  DEFINITIONS.map((definition) => [definition.name, definition]),
);
