import type { TilewrightError } from '@tilewright/spec';
import { invalidConfig } from '../config/config-error.ts';

/** The key-value pairs of a GGUF header as they were parsed: 64-bit numbers are bigints. */
export type MetadataValues = Readonly<Record<string, unknown>>;

/** Typed access to a header's metadata. Every reader throws `config-invalid` with file and key. */
export class Metadata {
  readonly #values: MetadataValues;
  readonly #file: string;

  constructor(values: MetadataValues, file: string) {
    this.#values = values;
    this.#file = file;
  }

  has(key: string): boolean {
    return this.#values[key] !== undefined;
  }

  /** A whole number from `smallest` to `largest`. */
  integer(key: string, smallest: number, largest: number): number {
    const value = plainNumber(this.#values[key]);
    if (Number.isInteger(value) && value >= smallest && value <= largest) return value;
    throw this.invalid(key, `a whole number from ${smallest} to ${largest}`);
  }

  /** A positive number. A float32 is read as the shortest decimal that it stands for: 1e-5, not 9.99999974e-6. */
  positive(key: string): number {
    const value = plainNumber(this.#values[key]);
    if (Number.isFinite(value) && value > 0) return shortestDecimal(value);
    throw this.invalid(key, 'a positive number');
  }

  text(key: string): string {
    const value = this.#values[key];
    if (typeof value === 'string') return value;
    throw this.invalid(key, 'a text');
  }

  flag(key: string): boolean {
    const value = this.#values[key];
    if (typeof value === 'boolean') return value;
    throw this.invalid(key, 'true or false');
  }

  texts(key: string): readonly string[] {
    const value = this.#values[key];
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
    throw this.invalid(key, 'a list of texts');
  }

  integers(key: string): readonly number[] {
    const value = this.#values[key];
    const numbers = Array.isArray(value) ? value.map(plainNumber) : [Number.NaN];
    if (numbers.every(Number.isInteger)) return numbers;
    throw this.invalid(key, 'a list of whole numbers');
  }

  isList(key: string): boolean {
    return Array.isArray(this.#values[key]);
  }

  invalid(key: string, expected: string): TilewrightError {
    const value = this.#values[key];
    return invalidConfig(this.#file, key, expected, typeof value === 'bigint' ? Number(value) : value);
  }
}

function plainNumber(value: unknown): number {
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' ? value : Number.NaN;
}

/** The decimal of fewest digits that rounds to the same float32; other numbers stay as they are. */
function shortestDecimal(value: number): number {
  if (Math.fround(value) !== value) return value;
  for (let digits = 1; digits < 10; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return value;
}
