import { InvalidArgumentError } from 'commander';

/** A whole number within bounds, as a commander parser. */
export function whole(least: number, most: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text.trim()) && value >= least && value <= most) return value;
    const bounds = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw new InvalidArgumentError(`It must be a whole number ${bounds}.`);
  };
}

/** A number of at least zero, as a commander parser. */
export function nonNegative(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('It must be a number of at least 0.');
}

/** Token numbers separated by commas or spaces; may be given several times. */
export function tokenList(text: string, before: readonly number[] = []): number[] {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '');
  if (parts.length === 0 || parts.some((part) => !/^\d+$/.test(part))) {
    throw new InvalidArgumentError('It must be token numbers, such as 1,2,3.');
  }
  return [...before, ...parts.map(Number)];
}

/** Collects the values of an option that may be given several times. */
export function each(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}
