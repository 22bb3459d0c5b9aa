import type { Lesson } from '@tilewright/spec';

const KIND_TITLE: Readonly<Record<Lesson['kind'], string>> = {
  kept: 'What helped',
  rejected: 'What did not',
  cured: 'What was cured',
  noted: 'What the agent noted',
};

/** `lessons.md`: what this deployment taught. `lessons.json` is what programs read. */
export function lessonsDocument(lessons: readonly Lesson[]): string {
  const lines = ['# Lessons', ''];
  for (const [kind, title] of Object.entries(KIND_TITLE)) {
    const ours = lessons.filter((lesson) => lesson.kind === kind);
    if (ours.length === 0) continue;
    lines.push(`## ${title}`, '');
    for (const { id, statement, gain, evidence } of ours) {
      lines.push(`- ${statement}${gain === null ? '' : ` (${(100 * gain).toFixed(1)} % of the time)`} \`${id}\``);
      lines.push(...evidence.map((line) => `  - ${line}`));
    }
    lines.push('');
  }
  return lines.join('\n');
}
