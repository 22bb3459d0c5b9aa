import type { Json } from '@tilewright/spec';
import { z } from 'zod';

/** The first of a list, as many as fit. */
export type Fitted<T> = {
  shown: T[];
  /** How many there are beside them. */
  more: number;
};

/** The items that together take at most `characters` of JSON. */
export function fitted<T>(items: readonly T[], characters: number): Fitted<T> {
  let used = 0;
  let count = 0;
  for (const item of items) {
    used += JSON.stringify(item).length + 1;
    if (used > characters) break;
    count++;
  }
  return { shown: items.slice(0, count), more: items.length - count };
}

/** The form of a fitted list. */
export function fittedSchema<T extends Json>(item: z.ZodType<T>): z.ZodType<Fitted<T>> {
  return z.strictObject({ shown: z.array(item), more: z.int().min(0) });
}

/** Names for a message: the first few, and how many more there are. */
export function nameList(names: readonly string[], count = 12): string {
  if (names.length === 0) return 'none';
  const more = names.length > count ? ` and ${names.length - count} more` : '';
  return `${names.slice(0, count).join(', ')}${more}`;
}
