import type { Style } from '../terminal/style.ts';
import { pairs } from '../terminal/table.ts';
import type { PromotedResult } from './promote-skill.ts';

export function renderPromoted(promoted: PromotedResult, style: Style): string[] {
  const { name, directory, lesson, summary, held, takenBack, cases, files } = promoted;
  return [
    style.bold(`${name}: made from ${lesson}`),
    summary,
    '',
    ...pairs([
      ...held.map((line, index) => [index === 0 ? 'recorded on' : 'kept on', line] as const),
      ...takenBack.map((line) => ['taken back on', line] as const),
      ['tried', `it proposes there what was kept; ${cases} conformance cases hold`],
      ['written', `${directory}: ${files.join(', ')}`],
    ]),
    '',
    `Next:  tilewright skills eval ${directory} MODEL`,
    `Then:  tilewright deploy MODEL --out DEPLOYMENT --skill ${directory}`,
  ];
}
