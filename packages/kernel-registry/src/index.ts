export type { BrokenLimit, BuiltKernel, KernelDefinition, KernelShape } from './kernel/kernel-definition.ts';
export { partitionHead } from './kernels/lm-head-gemv.ts';
export { KERNELS } from './registry/kernels.ts';
export { type KnownConfiguration, kernelDefinition, lookup } from './registry/lookup.ts';
export { type PlannedKernel, padShape, planKernel } from './registry/plan-kernel.ts';
export { PUBLISHED_ROWS, type PublishedRow } from './registry/published-rows.ts';
export { type RowConfiguration, registryName, rowConfiguration } from './registry/row-configuration.ts';
