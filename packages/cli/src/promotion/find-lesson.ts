import { type Lesson, TilewrightError } from '@tilewright/spec';

const SHOWN = 8;

/** The lesson of an id, or of the beginning of one. Throws `usage`, with the lessons there are. */
export function findLesson(lessons: readonly Lesson[], id: string, directory: string): Lesson {
  const exact = lessons.find((lesson) => lesson.id === id);
  if (exact !== undefined) return exact;
  const found = lessons.filter((lesson) => id !== '' && lesson.id.startsWith(id));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const known = (found.length > 0 ? found : lessons.filter(isPromotable)).map((lesson) => lesson.id);
  const list = known.slice(0, SHOWN).join(', ') + (known.length > SHOWN ? ', …' : '');
  throw new TilewrightError(
    'usage',
    found.length > 1
      ? `${found.length} lessons begin with ${id}: ${list}.`
      : `There is no lesson ${id} in ${directory}.`,
    known.length === 0
      ? 'Deploy a model first: lessons.md of a deployment lists what it taught, with ids.'
      : `Name one of them in full${found.length > 1 ? '' : `: ${list}`}.`,
    { field: 'LESSON', got: id },
  );
}

/** What was kept for its time, and what an agent itself did about a failure. */
export function isPromotable({ kind, skill, edits }: Lesson): boolean {
  return kind === 'kept' || (kind === 'cured' && skill === null && edits !== undefined);
}
