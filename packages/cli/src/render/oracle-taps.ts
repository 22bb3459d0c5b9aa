import type { OracleTapsResult } from '../commands/oracle-taps.ts';
import { formatFigure } from '../terminal/quantities.ts';
import { table } from '../terminal/table.ts';

export function renderOracleTaps({ directory, tokens, taps }: OracleTapsResult): string[] {
  return [
    `${directory}: ${taps.length} taps of a prefill of ${tokens.length} tokens`,
    '',
    ...table(
      [
        { heading: 'tap' },
        { heading: 'shape' },
        { heading: 'min', align: 'right' },
        { heading: 'max', align: 'right' },
        { heading: 'mean |x|', align: 'right' },
        { heading: 'rms', align: 'right' },
      ],
      taps.map(({ name, shape, min, max, meanAbsolute, rootMeanSquare }) => [
        name,
        `[${shape.join(', ')}]`,
        ...[min, max, meanAbsolute, rootMeanSquare].map(formatFigure),
      ]),
    ),
  ];
}
