import { TilewrightError } from '@tilewright/spec';

/**
 * JSON with object keys in code-unit order and no white space: one text per value, whoever wrote it.
 * Members that are undefined are left out. Numbers that JSON cannot hold throw `internal`.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new TilewrightError('internal', `${value} has no place in JSON.`, 'Report this as a defect.');
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}
