import { TilewrightError } from '@tilewright/spec';

/** Why edits are an example of nothing but themselves. */
export function noRule(reason: string): TilewrightError {
  return new TilewrightError(
    'usage',
    `These edits cannot be made into a skill: ${reason}.`,
    'Promote a lesson about set-kernel, merge-dispatches, set-residency or fuse-launches on its own; for others write the skill yourself: `tilewright skills new`.',
    { field: 'edits' },
  );
}

/** The one value that all of a list have; throws where they differ. */
export function sameForAll<T, V>(items: readonly T[], keyOf: (item: T) => V, what: string): V {
  const values = [...new Map(items.map((item) => [JSON.stringify(keyOf(item)), keyOf(item)])).values()];
  if (values.length === 1) return values[0] as V;
  throw noRule(`they are about more than one ${what} (${values.map((value) => JSON.stringify(value)).join(', ')})`);
}
