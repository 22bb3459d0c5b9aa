/** The first of the named functions that a value does not have, in words; null if it has all. */
export function lacksFunctions(value: Readonly<Record<string, unknown>>, names: readonly string[]): string | null {
  const missing = names.find((name) => typeof value[name] !== 'function');
  return missing === undefined ? null : `it has no function ${missing}`;
}
