import type { ComparisonStatistics, GateFailure, Tensor } from '@tilewright/spec';
import type { ToleranceRule } from '../policy/policy.ts';
import { compare } from '../statistics/compare.ts';
import { statisticsOf } from '../statistics/statistics-of.ts';
import { toleranceUse } from '../statistics/tolerance-use.ts';

export interface Judgement {
  /** Null where the shapes do not allow a comparison. */
  readonly statistics: ComparisonStatistics | null;
  readonly failures: readonly GateFailure[];
}

/**
 * Holds one tensor against its reference: shape, then finiteness, then absolute error, relative error
 * and correlation, all of which must hold. Rows are the first axis; how the rest is divided into axes is
 * a matter of presentation.
 */
export function judge(subject: string, ours: Tensor, reference: Tensor, rule: ToleranceRule): Judgement {
  if (ours.shape[0] !== reference.shape[0] || ours.data.length !== reference.data.length) {
    const failure: GateFailure = {
      kind: 'shape-mismatch',
      subject,
      message: `[${ours.shape.join(', ')}] where the oracle has [${reference.shape.join(', ')}]`,
      limit: reference.data.length,
      value: ours.data.length,
    };
    return { statistics: null, failures: [failure] };
  }
  const width = reference.data.length / (reference.shape[0] as number);
  const statistics = statisticsOf(compare(reference.data, ours.data, { width }));
  if (statistics.nonFinite > 0) {
    const failure: GateFailure = {
      kind: 'non-finite',
      subject,
      message: `${statistics.nonFinite} of ${statistics.count} elements are not finite`,
      limit: 0,
      value: statistics.nonFinite,
    };
    return { statistics, failures: [failure] };
  }
  const use = toleranceUse(reference.data, ours.data, width, rule);
  const failures: GateFailure[] = [];
  const exceeded = (figure: string, value: number, limit: number): void => {
    failures.push({ kind: 'tolerance-exceeded', subject, message: figure, limit, value });
  };
  if (!(use <= 1)) exceeded(`share of ${rule.absolute}·RMS + ${rule.relative}·|x| used`, use, 1);
  if (!(statistics.meanRelativeL1 <= rule.meanRelativeL1)) {
    exceeded('mean relative L1 error', statistics.meanRelativeL1, rule.meanRelativeL1);
  }
  if (!(statistics.correlation >= rule.correlation)) exceeded('correlation', statistics.correlation, rule.correlation);
  if (!(statistics.minRowCosine >= rule.rowCosine)) {
    exceeded('smallest cosine of a row', statistics.minRowCosine, rule.rowCosine);
  }
  return { statistics, failures };
}
