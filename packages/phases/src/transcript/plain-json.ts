import type { Json } from '@tilewright/spec';

export type PlainJson =
  | { readonly ok: true; readonly value: Json; readonly text: string }
  /** What keeps it from being JSON, to follow the name of the thing. */
  | { readonly ok: false; readonly problem: string };

/** Deeper than anything that a decision or a message of a language model is, and shallow enough for any parser. */
const MAX_DEPTH = 100;

/**
 * A stranger's value as JSON, with nothing left of the object that it came as: no getters, no prototype, nothing that
 * can change afterwards. Never throws.
 */
export function plainJson(value: unknown, maxCharacters: number): PlainJson {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    return { ok: false, problem: `cannot be written as JSON: ${thrownText(error)}` };
  }
  if (text === undefined) return { ok: false, problem: 'is nothing that JSON can hold' };
  if (text.length > maxCharacters) {
    return { ok: false, problem: `has ${text.length} characters, and may have ${maxCharacters}` };
  }
  if (depthOf(text) > MAX_DEPTH) return { ok: false, problem: `is nested deeper than ${MAX_DEPTH} levels` };
  return { ok: true, value: JSON.parse(text) as Json, text };
}

/** What somebody's code threw, in one line of a bearable length. Never throws. */
export function thrownText(error: unknown): string {
  try {
    return oneLine(error instanceof Error ? error.message : String(error));
  } catch {
    return 'it threw something that cannot be shown';
  }
}

const MAX_LINE = 300;

export function oneLine(text: string): string {
  const line = String(text)
    .slice(0, 2 * MAX_LINE)
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)} …` : line;
}

/** How deep objects and lists lie in each other in a JSON text. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isText = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (isText) {
      if (character === BACKSLASH) at++;
      else if (character === QUOTE) isText = false;
    } else if (character === QUOTE) isText = true;
    else if (character === BRACKET || character === BRACE) deepest = Math.max(deepest, ++depth);
    else if (character === BRACKET + 2 || character === BRACE + 2) depth--;
  }
  return deepest;
}

const [QUOTE, BACKSLASH, BRACKET, BRACE] = [0x22, 0x5c, 0x5b, 0x7b];
