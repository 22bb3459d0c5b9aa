import type { ComparisonStatistics } from '@tilewright/spec';
import type { Comparison } from './comparison.ts';

/** What a gate's report has of a comparison. Figures of what is not finite are NaN, which JSON writes as null. */
export function statisticsOf(comparison: Comparison): ComparisonStatistics {
  const { count, nonFinite, absoluteError, relativeError, cosine } = comparison;
  return {
    count,
    nonFinite: nonFinite.pairs,
    referenceRootMeanSquare: comparison.referenceRootMeanSquare,
    maxAbsoluteError: absoluteError.max,
    meanAbsoluteError: absoluteError.mean,
    maxRelativeError: relativeError.max,
    meanRelativeL1: comparison.meanRelativeL1,
    correlation: comparison.correlation,
    minRowCosine: cosine.min,
  };
}

/** The statistics of several tensors together: counts add up, errors are the worst, sizes the mean. NaN stays. */
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
