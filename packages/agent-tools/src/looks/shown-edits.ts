import type { Json, PlanEdit } from '@tilewright/spec';
import { cleanData } from '../text/clean-text.ts';
import { type Fitted, fitted } from '../text/fitted.ts';

/** An edit that takes more JSON than this is shown without its Programs. */
const LONGEST_EDIT = 3000;

/** Edits as data; Programs that are long are named and counted. */
export function shownEdits(edits: readonly PlanEdit[], characters: number): Fitted<Json> {
  return fitted(edits.map(shownEdit), characters);
}

function shownEdit(edit: PlanEdit): Json {
  const clean = cleanData(edit) as unknown as Json;
  if (JSON.stringify(clean).length <= LONGEST_EDIT) return clean;
  const short = withoutPrograms(clean);
  return JSON.stringify(short).length <= LONGEST_EDIT
    ? short
    : { kind: edit.kind, section: edit.section, omitted: true };
}

function withoutPrograms(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutPrograms);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) =>
      name === 'program'
        ? [name, `a Program of ${JSON.stringify(inner).length} characters, not shown`]
        : [name, withoutPrograms(inner as Json)],
    ),
  );
}
