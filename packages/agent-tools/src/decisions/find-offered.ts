import type { Observation, Proposal } from '@tilewright/spec';
import { cleanName } from '../text/clean-text.ts';
import { nameList } from '../text/fitted.ts';
import { type Mistake, mistake } from '../tool/results.ts';

/** The proposal of that id, as it is shown or as it is. */
export function findProposal({ proposals }: Observation, id: string): Proposal | Mistake {
  const found = proposals.find((one) => one.id === id) ?? proposals.find((one) => cleanName(one.id) === id);
  if (found !== undefined) return found;
  const ids = proposals.map((one) => cleanName(one.id));
  return mistake(
    ids.length === 0
      ? `There is no proposal ${cleanName(id)}: no skill proposes anything on this plan. Author edits, or run the gate.`
      : `There is no proposal ${cleanName(id)}. Proposals: ${nameList(ids, 30)}.`,
  );
}

/** Lessons that are cited and that nobody taught; null where there are none. */
export function unknownLessons({ lessons }: Observation, cites: readonly string[] | undefined): Mistake | null {
  const known = new Set(lessons.flatMap(({ id }) => [id, cleanName(id)]));
  const unknown = (cites ?? []).filter((id) => !known.has(id));
  if (unknown.length === 0) return null;
  const ids = nameList(lessons.map(({ id }) => cleanName(id)));
  return mistake(`There is no lesson ${nameList(unknown.map((id) => cleanName(id)))}. Lessons: ${ids}.`);
}
