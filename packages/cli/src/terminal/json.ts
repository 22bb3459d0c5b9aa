/** A result as one JSON document. Typed arrays become arrays, maps objects, what is no number null. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, plain, 2);
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  if (value instanceof Error) return { name: value.name, message: value.message };
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return [...(value as Float32Array)];
  return value;
}
