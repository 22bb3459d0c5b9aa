const copies = new WeakMap<object, object>();

/**
 * A copy of data in which nothing can be changed: what strangers are shown of what the deployment goes by. The same
 * value has the same copy. Throws where there is more than data in it.
 */
export function frozenCopy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  const known = copies.get(value);
  if (known !== undefined) return known as T;
  const copy = structuredClone(value);
  freeze(copy);
  copies.set(value, copy);
  copies.set(copy, copy);
  return copy;
}

function freeze(root: object): void {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) continue;
    Object.freeze(value);
    open.push(...Object.values(value));
  }
}
