import { join } from 'node:path';
import type { EvaluationReport } from '@tilewright/spec';
import type { EvaluateResult } from '../commands/evaluate.ts';
import { digits, formatUs } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';
import { pairs, table, wrapText } from '../terminal/table.ts';
import { summariseGate } from '../workspace/gate-summary.ts';
import { gateFigures, gateFindings } from './gate-lines.ts';

export function renderEvaluate({ directory, modelDirectory, files, report }: EvaluateResult, style: Style): string[] {
  const gates = report.gates.map(summariseGate);
  return [
    ...verdictLines(report, style),
    '',
    ...table(
      [{ heading: 'gate' }, { heading: 'verdict' }, { heading: 'found' }],
      gates.map((gate) => [gate.gate, gate.verdict, gateFigures(gate)]),
    ),
    ...gates.flatMap((gate) => (gate.verdict === 'pass' ? [] : ['', ...gateFindings(gate, style)])),
    ...claimLines(report, style),
    '',
    ...pairs([
      ['model', modelDirectory],
      ...performancePairs(report),
      ['written', files.map((file) => join(directory, file)).join('\n')],
    ]),
  ];
}

export function verdictLines(
  { verdict, summary }: Pick<EvaluationReport, 'verdict' | 'summary'>,
  style: Style,
): string[] {
  const [first = '', ...rest] = wrapText(`Verdict: ${verdict}. ${summary}`, 100);
  return [verdict === 'pass' ? style.good(first) : style.bad(first), ...rest];
}

export function performancePairs({ performance }: EvaluationReport): [string, string][] {
  const word = performance.timing === 'estimate' ? 'estimate' : 'measured';
  return [
    [
      'time to first token',
      `${formatUs(performance.timeToFirstTokenUs)} (${word}) for a prompt of ${performance.promptTokens} tokens`,
    ],
    ['tokens per second', `${digits(performance.decodeTokensPerSecond)} (${word})`],
  ];
}

function claimLines({ claims }: EvaluationReport, style: Style): string[] {
  const wrong = claims.filter(({ agrees }) => !agrees);
  if (wrong.length === 0) return [];
  return [
    '',
    style.bad('Claims of the deployment that do not hold:'),
    ...pairs(wrong.map(({ claim, claimed, found }) => [claim, `claimed ${claimed}, found ${found}`])),
  ];
}
