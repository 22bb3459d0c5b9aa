import { printable } from '../terminal/printable.ts';

/** HTML that this program wrote. Only an instance is taken as such: no data from a file can pretend to be one. */
export class Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What a template takes: text and numbers are escaped, markup is not, null is nothing. */
export type Content = Markup | string | number | null | readonly Content[];

/** A template whose values are escaped. Attributes must be quoted. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  return new Markup(parts.map((part, index) => (index === 0 ? part : `${written(values[index - 1])}${part}`)).join(''));
}

function written(value: Content | undefined): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Markup) return value.toString();
  if (typeof value === 'string' || typeof value === 'number') return escaped(String(value));
  return value.map(written).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Marks that turn the direction of the text after them: with them a lesson could rewrite what stands beside it. */
const DIRECTION_MARKS = /[\u202a-\u202e\u2066-\u2069]/g;

function escaped(text: string): string {
  return printable(text)
    .replace(DIRECTION_MARKS, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
