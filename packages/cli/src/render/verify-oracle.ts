import type { VerificationResult } from '@tilewright/oracle';
import { formatCount, formatFigure } from '../terminal/quantities.ts';
import type { Style } from '../terminal/style.ts';
import { table, wrapText } from '../terminal/table.ts';

const WIDTH = 100;
const SHOWN_FAILURES = 10;

export function renderVerification(result: VerificationResult, style: Style): string[] {
  const { compared, tolerance } = result;
  const verdict = result.passed
    ? style.good('The oracle agrees with the golden.')
    : style.bad(`The oracle differs from the golden: ${result.failures.length} differences.`);
  return [
    `${result.directory}: ${verdict}`,
    '',
    ...table(
      [
        { heading: 'case' },
        { heading: 'tokens', align: 'right' },
        { heading: 'taps', align: 'right' },
        { heading: 'elements', align: 'right' },
        { heading: 'outside', align: 'right' },
        { heading: 'largest error', align: 'right' },
        { heading: 'greedy tokens', align: 'right' },
      ],
      result.cases.map(({ name, tokens, taps, greedy }) => [
        name,
        formatCount(tokens),
        formatCount(taps.length),
        formatCount(sum(taps.map(({ elements }) => elements))),
        formatCount(sum(taps.map(({ outside }) => outside))),
        formatFigure(Math.max(0, ...taps.map(({ maxAbsoluteError }) => maxAbsoluteError ?? 0))),
        `${greedy.identical} of ${greedy.expected}`,
      ]),
    ),
    '',
    ...wrapText(
      `Compared: ${formatCount(compared.elements)} elements of ${compared.taps} taps, each within ` +
        `${tolerance.absolute} + ${tolerance.relative}·|golden|; ${compared.greedyTokens} greedy tokens; ` +
        `${compared.tokenizerCases} tokenizer cases; ${compared.digests} file digests.`,
      WIDTH,
    ),
    ...renderFailures(result, style),
  ];
}

function renderFailures({ failures, firstDifference }: VerificationResult, style: Style): string[] {
  if (firstDifference === null) return [];
  const others = failures.filter((failure) => failure !== firstDifference);
  const left = others.length - SHOWN_FAILURES;
  return [
    '',
    style.bad('First difference:'),
    ...indented(firstDifference.message),
    ...(others.length > 0 ? ['', 'Further:'] : []),
    ...others.slice(0, SHOWN_FAILURES).flatMap(({ message }) => indented(message)),
    ...(left > 0 ? [`  and ${left} more; --json lists all of them`] : []),
  ];
}

function indented(text: string): string[] {
  return wrapText(text, WIDTH - 4).map((line, i) => `${i === 0 ? '  ' : '    '}${line}`);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
