import type { MicrokernelParameters } from '@tilewright/spec';
import type { CycleConstantName } from './constants.ts';

/** Work of a core: how many units of each constant it takes. */
export type CoreWork = Readonly<Partial<Record<CycleConstantName, number>>>;

type WorkModel = (parameters: MicrokernelParameters) => CoreWork;

const LANES = 16;

function vectors(elements: number | undefined): number {
  return Math.ceil((elements ?? 0) / LANES);
}

/** A pass over as many elements as the named parameter says. */
function pass(count: string, constant: CycleConstantName): WorkModel {
  return (parameters) => ({ callCycles: 1, [constant]: vectors(parameters[count]) });
}

/** Clearing a buffer takes a cycle per vector, which disappears beside its call. */
const CLEAR: WorkModel = () => ({ callCycles: 1 });

function matrixProduct(accumulator: CycleConstantName): WorkModel {
  return ({ m = 0, k = 0, n = 0 }) => ({
    matrixCallCycles: 1,
    multiplyAccumulateCycles: m * k * n,
    [accumulator]: m * n,
  });
}

/** A pass over the rows of a tile of queries, each as wide as `width` says. */
function queryRows(width: (parameters: MicrokernelParameters) => number, constant: CycleConstantName): WorkModel {
  return (parameters) => ({ callCycles: 1, [constant]: (parameters.queries ?? 0) * vectors(width(parameters)) });
}
const keysOf = ({ keys = 0 }: MicrokernelParameters): number => keys;
const widthOf = ({ width = 0 }: MicrokernelParameters): number => width;

function rowsOfDots(constant: CycleConstantName): WorkModel {
  return ({ rows = 0, k = 0 }) => ({ matrixCallCycles: 1, [constant]: rows * vectors(k) });
}

function rowNorm(constant: CycleConstantName): WorkModel {
  return ({ width }) => ({ callCycles: 1, rowReductionCycles: 1, [constant]: vectors(width) });
}

/** Work of one call. */
const MODELS: ReadonlyMap<string, WorkModel> = new Map<string, WorkModel>([
  ['add-bf16', pass('n', 'addCycles')],
  ['add-f32', pass('n', 'addCycles')],
  ['add-rows-bf16', pass('rows', 'addCycles')],
  ['attention-mask', queryRows(keysOf, 'maskCycles')],
  ['attention-merge', queryRows(widthOf, 'copyCycles')],
  ['attention-normalise', queryRows(widthOf, 'copyCycles')],
  ['attention-rescale', queryRows(widthOf, 'copyCycles')],
  [
    'attention-scores',
    ({ queries = 0, keys = 0, depth = 0 }) => matrixProduct('accumulatorCycles')({ m: queries, k: depth, n: keys }),
  ],
  ['attention-softmax', queryRows(keysOf, 'softmaxCycles')],
  ['attention-sum', pass('queries', 'copyCycles')],
  ['cast-f32-bf16', ({ n = 0 }) => ({ callCycles: 1, scalarCastCycles: n })],
  ['cast-f32-bf16-lanes', pass('n', 'vectorCastCycles')],
  ['copy-bf16', pass('n', 'copyCycles')],
  ['fill-bf16', CLEAR],
  ['gelu-bf16', pass('n', 'geluCycles')],
  ['gemv-bf16', rowsOfDots('dotCycles')],
  ['gemv-micro-tile-bf16', rowsOfDots('dotCycles')],
  ['gemv-partial-f32', rowsOfDots('partialDotCycles')],
  ['layer-norm-bf16', rowNorm('layerNormCycles')],
  ['matmul-bfp16-bf16', matrixProduct('generatedBf16Cycles')],
  ['matmul-bfp16-f32', matrixProduct('accumulatorCycles')],
  ['matmul-bfp16-f32-generated', matrixProduct('generatedF32Cycles')],
  ['rms-norm-bf16', rowNorm('rmsNormCycles')],
  ['rms-norm-bf16-sum', rowNorm('rmsNormCycles')],
  ['rope-half-split-bf16', pass('headDim', 'ropeCycles')],
  ['silu-mul-bf16', pass('count', 'siluMulCycles')],
  ['silu-mul-pairs', pass('count', 'siluMulCycles')],
  ['store-rows-bf16', ({ rows = 0 }) => ({ callCycles: 1, scalarCastCycles: rows })],
  ['widen-bf16-f32', pass('n', 'copyCycles')],
  ['zero-bf16', CLEAR],
  ['zero-f32', CLEAR],
]);

const NONE: CoreWork = {};

/** Work of one call; none for a name that is not there, which the compiler has refused before. */
export function microkernelWork(name: string, parameters: MicrokernelParameters): CoreWork {
  return MODELS.get(name)?.(parameters) ?? NONE;
}

/** Microkernels that return at once but in one of all the blocks that a core walks through: the one on the diagonal. */
export const WORKS_ONCE: ReadonlySet<string> = new Set(['attention-mask']);

/** The microkernels that have a work model. */
export const TIMED_MICROKERNELS: ReadonlySet<string> = new Set(MODELS.keys());
