import type { ComparisonStatistics } from '@tilewright/spec';
import { absoluteError } from './absolute-error.ts';
import { correlation } from './correlation.ts';
import { minRowCosine } from './cosine.ts';
import { finitePairs } from './finite-pairs.ts';
import { maxRelativeError, meanRelativeL1 } from './relative-error.ts';
import { rootMeanSquare } from './root-mean-square.ts';

/**
 * Every statistic of one tensor against its reference, both [rows, width] flat and of the same length.
 * Pairs in which either side is not finite are counted in `nonFinite` and are zero for the rest.
 */
export function compare(ours: Float32Array, reference: Float32Array, width: number): ComparisonStatistics {
  const pairs = finitePairs(ours, reference);
  const absolute = absoluteError(pairs.ours, pairs.reference);
  return {
    count: ours.length,
    nonFinite: pairs.nonFinite,
    referenceRootMeanSquare: rootMeanSquare(pairs.reference),
    maxAbsoluteError: absolute.max,
    meanAbsoluteError: absolute.mean,
    maxRelativeError: maxRelativeError(pairs.ours, pairs.reference),
    meanRelativeL1: meanRelativeL1(pairs.ours, pairs.reference),
    correlation: correlation(pairs.ours, pairs.reference),
    minRowCosine: minRowCosine(pairs.ours, pairs.reference, width),
  };
}

/** The statistics of several tensors together: counts add up, errors are the worst, sizes the mean. */
export function worstOf(first: ComparisonStatistics, second: ComparisonStatistics): ComparisonStatistics {
  const count = first.count + second.count;
  const mean = (a: number, b: number): number => (a * first.count + b * second.count) / count;
  return {
    count,
    nonFinite: first.nonFinite + second.nonFinite,
    referenceRootMeanSquare: Math.sqrt(mean(first.referenceRootMeanSquare ** 2, second.referenceRootMeanSquare ** 2)),
    maxAbsoluteError: Math.max(first.maxAbsoluteError, second.maxAbsoluteError),
    meanAbsoluteError: mean(first.meanAbsoluteError, second.meanAbsoluteError),
    maxRelativeError: Math.max(first.maxRelativeError, second.maxRelativeError),
    meanRelativeL1: Math.max(first.meanRelativeL1, second.meanRelativeL1),
    correlation: Math.min(first.correlation, second.correlation),
    minRowCosine: Math.min(first.minRowCosine, second.minRowCosine),
  };
}
