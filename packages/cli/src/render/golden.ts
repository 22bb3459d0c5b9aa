import type { WrittenGolden } from '@tilewright/oracle/transformers';
import { formatBytes, formatCount } from '../terminal/quantities.ts';
import { table } from '../terminal/table.ts';

export function renderGolden({ files, madeBy, cases, tokenizerCases }: WrittenGolden): string[] {
  return [
    `Golden by ${madeBy}`,
    '',
    ...table(
      [
        { heading: 'case' },
        { heading: 'tokens', align: 'right' },
        { heading: 'taps', align: 'right' },
        { heading: 'greedy tokens', align: 'right' },
        { heading: 'smallest margin', align: 'right' },
      ],
      cases.map(({ name, tokens, taps, greedy, smallestGreedyMargin }) => [
        name,
        formatCount(tokens),
        formatCount(taps),
        formatCount(greedy),
        smallestGreedyMargin.toPrecision(3),
      ]),
    ),
    '',
    `Tokenizer cases: ${tokenizerCases}`,
    ...files.map(({ file, bytes }) => `Written: ${file} (${formatBytes(bytes)})`),
  ];
}
