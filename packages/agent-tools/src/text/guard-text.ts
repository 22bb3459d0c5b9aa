import type { Json } from '@tilewright/spec';
import { cleanName, cleanText } from './clean-text.ts';

/** What `quoteUntrusted` makes. Nothing in it can end it. */
const FRAME = /(<untrusted source="[^"<>]*"(?: cut="\d+")?>[^<]*<\/untrusted>)/;

/** The text with everything outside frames cleaned. What was made with care passes unchanged. */
export function guardText(text: string): string {
  return text
    .split(FRAME)
    .map((part, index) => (index % 2 === 1 ? part : cleanText(part)))
    .join('');
}

/** The same for every string of a value, and the names in it. */
export function guardValue(value: Json): Json {
  if (typeof value === 'string') return guardText(value);
  if (Array.isArray(value)) return value.map(guardValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [cleanName(name), guardValue(inner as Json)]));
}
