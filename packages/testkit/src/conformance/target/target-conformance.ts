import type { ConformanceCase } from '../conformance-case.ts';
import { cancellationCases } from './cancellation-cases.ts';
import { compileCases } from './compile-cases.ts';
import { memoryCases } from './memory-cases.ts';
import { resultCases } from './result-cases.ts';
import { timingCases } from './timing-cases.ts';
import type { TargetFactory } from './trial-session.ts';

/**
 * What every Target must do, with programs of a few hundred elements: a copy, a transposition, adds, and some
 * that cannot work. `make` is called anew for each case.
 */
export function targetConformance(make: TargetFactory): readonly ConformanceCase[] {
  return [
    ...compileCases(make),
    ...memoryCases(make),
    ...resultCases(make),
    ...timingCases(make),
    ...cancellationCases(make),
  ];
}
