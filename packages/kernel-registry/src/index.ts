export type { BrokenLimit, BuiltKernel, KernelDefinition, KernelShape } from './kernel/kernel-definition.ts';
export { partitionHead } from './kernels/lm-head-gemv.ts';
export { applyEdits } from './plan/apply-edits.ts';
export { checkPlan } from './plan/check-plan.ts';
export { describePlan } from './plan/describe-plan.ts';
export { tapsInside } from './plan/fused-ops.ts';
export { invertEdit, invertEdits } from './plan/invert-edits.ts';
export { lowerPlan } from './plan/lower-plan.ts';
export { type NaivePlanRequest, naivePlan } from './plan/naive-plan.ts';
export { checkProgram } from './program/check-program.ts';
export { type OddLoop, oddLoops } from './program/odd-loops.ts';
export { programWork, type Work } from './program/work.ts';
export { KERNELS } from './registry/kernels.ts';
export {
  type KnownConfiguration,
  kernelDefinition,
  lookup,
  type MeasuredNeighbour,
  measuredNeighbour,
} from './registry/lookup.ts';
export { type PlannedKernel, padShape, planKernel } from './registry/plan-kernel.ts';
export { PUBLISHED_ROWS, type PublishedRow } from './registry/published-rows.ts';
export { type PublishedSettings, publishedSettings } from './registry/published-settings.ts';
export { type RowConfiguration, registryName, rowConfiguration } from './registry/row-configuration.ts';
export { rowProgram } from './registry/row-program.ts';
export { type BufferUses, bufferUses, type DispatchUse, isInternal, type StepUse } from './traffic/buffer-uses.ts';
export { bestDeviceRole, isWeight } from './traffic/device-role.ts';
export { type ArgumentAccess, argumentAccess } from './traffic/program-access.ts';
export { type Residency, type Traffic, traffic, trafficOf } from './traffic/transfers.ts';
