import type { DoctorResult } from '../commands/doctor.ts';
import type { Style } from '../terminal/style.ts';
import { table } from '../terminal/table.ts';

export function renderDoctor({ healthy, checks }: DoctorResult, style: Style): string[] {
  const [heading = '', ...lines] = table(
    [{ heading: '' }, { heading: 'what' }, { heading: 'found' }, { heading: 'note' }],
    checks.map(({ name, status, found, note }) => [status, name, found, note]),
  );
  return [
    heading,
    ...lines.map((line) =>
      line.startsWith('  failed') ? style.bad(line) : line.startsWith('  absent') ? style.dim(line) : line,
    ),
    '',
    healthy ? style.good('Everything that is required is here.') : style.bad('Something that is required is missing.'),
  ];
}
