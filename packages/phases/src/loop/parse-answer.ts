import type { Decision } from '@tilewright/spec';
import { decisionSchema } from '@tilewright/spec/schemas';
import { oneLine, plainJson, thrownText } from '../transcript/plain-json.ts';

export type ParsedAnswer =
  | { readonly ok: true; readonly decision: Decision }
  | { readonly ok: false; readonly problem: string };

/** A kernel that an agent authors is some hundred thousand characters at most. */
const MAX_ANSWER = 8_000_000;
/** Of what people read: reasons, questions, lessons and their evidence. */
const MAX_PROSE = 10_000;

/** What an agent answered, as a decision of our own. Agents are strangers: anything may come. Never throws. */
export function parseAnswer(answer: unknown): ParsedAnswer {
  const json = plainJson(answer, MAX_ANSWER);
  if (!json.ok) return { ok: false, problem: `it ${json.problem}` };
  try {
    const parsed = decisionSchema.safeParse(json.value);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      return { ok: false, problem: oneLine(`${issue?.path.join('.') || 'decision'}: ${issue?.message}`) };
    }
    const long = longProse(parsed.data);
    if (long !== null) return { ok: false, problem: `${long} has more than ${MAX_PROSE} characters` };
    return { ok: true, decision: parsed.data };
  } catch (error) {
    return { ok: false, problem: `it cannot be read: ${thrownText(error)}` };
  }
}

/** The field whose text nobody would read to its end. */
function longProse(decision: Decision): string | null {
  const { edits: _, ...prose } = { edits: null, ...decision };
  const found = Object.entries(prose).find(([, value]) => JSON.stringify(value).length > MAX_PROSE);
  return found?.[0] ?? null;
}
