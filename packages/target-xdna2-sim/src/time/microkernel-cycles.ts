import type { MicrokernelParameters } from '@tilewright/spec';
import { CONSTANTS } from './constants.ts';

type CycleModel = (parameters: MicrokernelParameters) => number;

const LANES = 16;

function lanes(elements: number | undefined, cyclesPerVector: number): number {
  return Math.ceil((elements ?? 0) / LANES) * cyclesPerVector;
}
function matmul(accumulatorCycles: number): CycleModel {
  return ({ m = 0, k = 0, n = 0 }) =>
    CONSTANTS.matrixCallCycles.value +
    (m * k * n) / CONSTANTS.multiplyAccumulatesPerCycle.value +
    m * n * accumulatorCycles;
}
function elementwise(count: string, constant: { readonly value: number }): CycleModel {
  return (parameters) => CONSTANTS.callCycles.value + lanes(parameters[count], constant.value);
}

function scores(queries: number, keys: number, depth: number): number {
  return (
    CONSTANTS.callCycles.value +
    (queries * keys * depth) / CONSTANTS.multiplyAccumulatesPerCycle.value +
    queries * keys * CONSTANTS.accumulatorCycles.value
  );
}
function rows(perRow: (parameters: MicrokernelParameters) => number, constant: { readonly value: number }): CycleModel {
  return (parameters) =>
    CONSTANTS.callCycles.value + (parameters.queries ?? 0) * lanes(perRow(parameters), constant.value);
}
const keysOf = ({ keys = 0 }: MicrokernelParameters): number => keys;
const widthOf = ({ width = 0 }: MicrokernelParameters): number => width;

/** Cycles of one call on one core. */
const MODELS: ReadonlyMap<string, CycleModel> = new Map<string, CycleModel>([
  ['zero-f32', elementwise('n', CONSTANTS.zeroCycles)],
  ['zero-bf16', elementwise('n', CONSTANTS.zeroCycles)],
  ['matmul-bfp16-f32', matmul(CONSTANTS.accumulatorCycles.value)],
  ['matmul-bfp16-bf16', matmul(CONSTANTS.generatedAccumulatorCycles.value)],
  ['cast-f32-bf16', ({ n = 0 }) => CONSTANTS.callCycles.value + n * CONSTANTS.castCycles.value],
  ['gemv-bf16', ({ rows = 0, k = 0 }) => CONSTANTS.callCycles.value + rows * lanes(k, CONSTANTS.dotCycles.value)],
  ['add-bf16', elementwise('n', CONSTANTS.addCycles)],
  ['add-f32', elementwise('n', CONSTANTS.addCycles)],
  ['add-rows-bf16', elementwise('rows', CONSTANTS.addCycles)],
  [
    'gemv-micro-tile-bf16',
    ({ rows = 0, k = 0 }) => CONSTANTS.callCycles.value + rows * lanes(k, CONSTANTS.dotCycles.value),
  ],
  [
    'gemv-partial-f32',
    ({ rows = 0, k = 0 }) => CONSTANTS.callCycles.value + rows * lanes(k, CONSTANTS.partialDotCycles.value),
  ],
  ['silu-mul-pairs', elementwise('count', CONSTANTS.siluMulCycles)],
  ['store-rows-bf16', ({ rows = 0 }) => CONSTANTS.callCycles.value + rows * CONSTANTS.castCycles.value],
  ['widen-bf16-f32', elementwise('n', CONSTANTS.copyCycles)],
  ['silu-mul-bf16', elementwise('count', CONSTANTS.siluMulCycles)],
  [
    'rms-norm-bf16',
    ({ width }) =>
      CONSTANTS.callCycles.value + CONSTANTS.rowReductionCycles.value + lanes(width, CONSTANTS.rmsNormCycles.value),
  ],
  ['copy-bf16', elementwise('n', CONSTANTS.copyCycles)],
  ['fill-bf16', elementwise('n', CONSTANTS.zeroCycles)],
  ['attention-scores', ({ queries = 0, keys = 0, depth = 0 }) => scores(queries, keys, depth)],
  ['attention-mask', rows(keysOf, CONSTANTS.zeroCycles)],
  ['attention-softmax', rows(keysOf, CONSTANTS.softmaxCycles)],
  ['attention-rescale', rows(widthOf, CONSTANTS.copyCycles)],
  ['attention-sum', elementwise('queries', CONSTANTS.copyCycles)],
  ['attention-merge', rows(widthOf, CONSTANTS.copyCycles)],
  ['attention-normalise', rows(widthOf, CONSTANTS.copyCycles)],
  ['rope-half-split-bf16', elementwise('headDim', CONSTANTS.ropeCycles)],
]);

/** Cycles of one call; 0 for a name that is not there, which the compiler has refused before. */
export function microkernelCycles(name: string, parameters: MicrokernelParameters): number {
  return MODELS.get(name)?.(parameters) ?? 0;
}

/** The microkernels that have a cycle model. */
export const TIMED_MICROKERNELS: ReadonlySet<string> = new Set(MODELS.keys());
