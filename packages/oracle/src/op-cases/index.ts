export { type CompareOpsOptions, compareOps, type OpComparison } from './compare-ops.ts';
export type { OpCase } from './op-case.ts';
export { OP_CASES } from './op-cases.ts';
