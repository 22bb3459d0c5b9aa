import type { GateReport } from '@tilewright/spec';
import { expect, it } from 'vitest';
import { ownReport } from '../judgement/own-report.ts';
import { inconsistencies, missingSubjects, strangeLimits, unlikeErrors } from './report-faults.ts';

const statistics = {
  ...{ count: 8, nonFinite: 0, referenceRootMeanSquare: 1, maxAbsoluteError: 0.1, meanAbsoluteError: 0.01 },
  ...{ maxRelativeError: 0.1, meanRelativeL1: 0.01, correlation: 1, minRowCosine: 1 },
};
const comparison = { subject: 'prefill layers.0.q_proj', rule: 'kernels.matmul', statistics, passed: true };
const report: GateReport = {
  ...ownReport({
    ...{ gate: 'kernels', passed: '', planned: 1, made: 1, subjects: {}, failures: [], started: 0 },
    figures: [{ name: 'shared top 5', value: 0.9, unit: '', limit: { at: 'least', value: 0.8 } }],
  }),
  phase: 1,
  comparisons: [comparison],
};

it('finds nothing wrong with an honest report', () => {
  expect(inconsistencies(report, 1)).toEqual([]);
  for (const faults of [missingSubjects, unlikeErrors, strangeLimits]) expect(faults(report, report)).toEqual([]);
});

it('finds what does not go together', () => {
  const failed = { ...comparison, passed: false };
  const nonFinite = { ...comparison, statistics: { ...statistics, nonFinite: 1 } };
  const figures = report.figures.map((figure) => ({ ...figure, value: Number.NaN }));
  expect(inconsistencies(report, 2)).toEqual(['it is about phase 1']);
  expect(inconsistencies({ ...report, comparisons: [failed] }, 1)).toHaveLength(1);
  expect(inconsistencies({ ...report, comparisons: [nonFinite] }, 1)).toHaveLength(1);
  expect(inconsistencies({ ...report, comparisons: [comparison, comparison] }, 1)).toHaveLength(1);
  expect(inconsistencies({ ...report, figures }, 1)).toHaveLength(1);
});

it('finds what was left out, embellished, or measured by another rule', () => {
  const better = { ...comparison, statistics: { ...statistics, meanRelativeL1: 0.0001 } };
  const figures = report.figures.map((figure) => ({ ...figure, limit: { at: 'least' as const, value: 0.5 } }));
  expect(missingSubjects({ ...report, comparisons: [] }, report)).toEqual([comparison.subject]);
  expect(unlikeErrors({ ...report, comparisons: [better] }, report)).toHaveLength(1);
  expect(strangeLimits({ ...report, figures }, report)).toEqual(['shared top 5: least 0.5']);
  expect(strangeLimits({ ...report, figures: [] }, report)).toEqual(['shared top 5: not there']);
});
