/**
 * What a reader does not see, or what changes the order in which it reads: control characters but tab and newline, marks of
 * direction, characters without width, tags and variation selectors, other ends of lines, and halves of surrogate pairs.
 */
const UNSEEN = /(?![\t\n])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** The less-than sign and the characters that look like it. */
const OPENING = /[<\uff1c\ufe64\u2039\u276e\u3008\u27e8]/g;

/** Text in which nothing is hidden and nothing opens a tag. Lines stay. */
export function cleanText(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(UNSEEN, '\ufffd').replaceAll(OPENING, '&lt;');
}

/** A name from outside, on one line and of at most `length` characters. Whoever gave it may have given something else. */
export function cleanName(text: string, length = 200): string {
  const line = cleanText(textOf(text).slice(0, 4 * length))
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length <= length ? line : `${line.slice(0, length - 1).replace(/\p{Cs}$/u, '')}…`;
}

/** Plain data with every string in it cleaned; long ones are cut. */
export function cleanData<T>(value: T): T {
  if (typeof value === 'string') return cleanName(value, 400) as T;
  if (Array.isArray(value)) return value.map((item) => cleanData(item)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [cleanName(name), cleanData(inner)])) as T;
}

/** What was to be text; skills and models are strangers, and types do not hold them. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined || value === null ? '' : `(${typeof value})`;
}
