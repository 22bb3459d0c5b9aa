import type { ComparisonStatistics, GateComparison } from '@tilewright/spec';

/** The worst of each measure, each with where it was found. */
export interface WorstFigures {
  readonly error: WorstFigure;
  readonly correlation: WorstFigure;
  readonly rowCosine: WorstFigure;
}

/** The worst among the comparisons of a rule. */
export interface RuleWorst extends WorstFigures {
  readonly rule: string;
  readonly count: number;
  readonly failed: number;
}

interface WorstFigure {
  readonly subject: string;
  readonly value: number;
}

/** In the order in which the rules first occur. */
export function worstByRule(comparisons: readonly GateComparison[]): readonly RuleWorst[] {
  const rules = new Map<string, GateComparison[]>();
  for (const comparison of comparisons) {
    const group = rules.get(comparison.rule);
    if (group === undefined) rules.set(comparison.rule, [comparison]);
    else group.push(comparison);
  }
  return [...rules].map(([rule, group]) => ({
    rule,
    count: group.length,
    failed: group.filter(({ passed }) => !passed).length,
    ...worstOfAll(group),
  }));
}

/** Of at least one comparison. What is not finite is worse than everything else. */
export function worstOfAll(comparisons: readonly GateComparison[]): WorstFigures {
  return {
    error: worst(comparisons, ({ meanRelativeL1 }) => meanRelativeL1, 1),
    correlation: worst(comparisons, ({ correlation }) => correlation, -1),
    rowCosine: worst(comparisons, ({ minRowCosine }) => minRowCosine, -1),
  };
}

function worst(
  comparisons: readonly GateComparison[],
  figure: (statistics: ComparisonStatistics) => number,
  sign: 1 | -1,
): WorstFigure {
  const badness = (value: number): number => (Number.isFinite(value) ? sign * value : Number.POSITIVE_INFINITY);
  return comparisons
    .map(({ subject, statistics }) => ({ subject, value: figure(statistics) }))
    .reduce((a, b) => (badness(b.value) > badness(a.value) ? b : a));
}
