import type { GateComparison } from '@tilewright/spec';
import type { TransformersVerification } from '../commands/verify-with-transformers.ts';
import { formatNearOne } from '../report/wording.ts';
import { formatCount, formatFigure } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';
import { table, wrapText } from '../terminal/table.ts';
import { summariseGate } from '../workspace/gate-summary.ts';
import { gateFindings } from './gate-lines.ts';

const WIDTH = 100;

export function renderTransformersVerification(result: TransformersVerification, style: Style): string[] {
  const { report, prompts } = result;
  const { evidence, comparisons, figures } = report;
  const verdict = result.passed
    ? style.good('The oracle agrees with transformers.')
    : style.bad('The oracle differs from transformers.');
  return [
    `${result.directory}: ${verdict}`,
    ...(evidence.references ?? []),
    '',
    ...table(
      [
        { heading: 'value, all layers' },
        { heading: 'elements', align: 'right' },
        { heading: 'largest error', align: 'right' },
        { heading: 'mean relative L1', align: 'right' },
        { heading: 'correlation', align: 'right' },
        { heading: 'worst cosine', align: 'right' },
      ],
      byKernel(comparisons).map(([kernel, group]) => [
        kernel,
        formatCount(group.reduce((sum, { statistics }) => sum + statistics.count, 0)),
        formatFigure(Math.max(...group.map(({ statistics }) => statistics.maxAbsoluteError))),
        formatFigure(Math.max(...group.map(({ statistics }) => statistics.meanRelativeL1))),
        formatNearOne(Math.min(...group.map(({ statistics }) => statistics.correlation))),
        formatNearOne(Math.min(...group.map(({ statistics }) => statistics.minRowCosine))),
      ]),
    ),
    '',
    ...table(
      [{ heading: 'logits' }, { heading: '', align: 'right' }, { heading: '' }],
      figures.map(({ name, value, unit }) => [name, formatFigure(value), unit]),
    ),
    '',
    ...wrapText(
      `Compared: ${formatCount(evidence.comparedElements)} elements in ${formatCount(evidence.madeComparisons)} of ` +
        `${formatCount(evidence.plannedComparisons)} planned comparisons, prefill and decode, on ` +
        `${prompts.map(({ name, tokens }) => `${formatCount(tokens)} tokens (${name})`).join(' and ')}.`,
      WIDTH,
    ),
    ...(result.passed ? [] : ['', ...gateFindings(summariseGate(report), style)]),
  ];
}

/** Prefill and decode of all layers together, in execution order. */
function byKernel(comparisons: readonly GateComparison[]): [string, readonly GateComparison[]][] {
  const groups = new Map<string, GateComparison[]>();
  for (const comparison of comparisons) {
    const kernel = comparison.subject.replace(/^\w+ /, '').replace(/^layers\.\d+\./, '');
    groups.set(kernel, [...(groups.get(kernel) ?? []), comparison]);
  }
  return [...groups];
}
