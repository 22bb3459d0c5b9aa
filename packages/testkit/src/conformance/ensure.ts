import { type ErrorCode, TilewrightError } from '@tilewright/spec';

/** Fails the case with this text unless the condition holds. */
export function ensure(condition: unknown, text: string): asserts condition {
  if (!condition) throw new Error(text);
}

/** What the promise rejects with; fails the case where it fulfils. `doing` completes "… was accepted". */
export async function rejectionOf(promise: Promise<unknown>, doing: string): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`${doing} was accepted; it must reject.`);
}

/** Requires a TilewrightError, of this code where one is given. */
export async function ensureRejects(promise: Promise<unknown>, doing: string, code?: ErrorCode): Promise<void> {
  const error = await rejectionOf(promise, doing);
  ensure(TilewrightError.isInstance(error), `${doing} rejects with ${describe(error)}; it must be a TilewrightError.`);
  ensure(
    code === undefined || error.code === code,
    `${doing} rejects with the code ${error.code} ("${error.message}"); it must be ${code}.`,
  );
}

/** The value of a promise that must not take for ever. */
export async function settled<T>(promise: Promise<T>, limitMs: number, doing: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${doing} has not come to an end after ${limitMs} ms.`)), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Freezes plain data all the way down, so that writing to it throws. Typed arrays cannot be frozen and are left. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name} ("${error.message}")` : JSON.stringify(error);
}
