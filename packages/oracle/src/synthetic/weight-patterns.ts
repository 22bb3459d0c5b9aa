import { f32ToBf16NearestEven } from '@tilewright/spec';

/** What the values of a weight are spread around, and how far. */
export interface Distribution {
  readonly mean: number;
  readonly standardDeviation: number;
}

/** Bits of a random word that one element takes, and how many bf16 patterns they choose from. */
const TABLE_BITS = 12;
const TABLE_SIZE = 2 ** TABLE_BITS;
/** Halves of those bits: the sum of two uniform numbers below 64 is distributed as a triangle. */
const UNIFORM = 2 ** (TABLE_BITS / 2);
const TRIANGLE_DEVIATION = Math.sqrt((UNIFORM * UNIFORM - 1) / 6);

/**
 * The bf16 patterns of a distribution, each as likely as the next. Made by sums, products and a square root, which
 * IEEE 754 defines to the bit: the same on every machine, as logarithms and sines are not.
 */
export function patternTable({ mean, standardDeviation }: Distribution): Uint16Array {
  const table = new Uint16Array(TABLE_SIZE);
  const scale = standardDeviation / TRIANGLE_DEVIATION;
  for (let i = 0; i < TABLE_SIZE; i++) {
    const triangle = Math.floor(i / UNIFORM) + (i % UNIFORM) - (UNIFORM - 1);
    table[i] = f32ToBf16NearestEven(mean + triangle * scale);
  }
  return table;
}

/** A 32-bit seed for one weight of a model (FNV-1a over its name, from the model's seed). */
export function weightSeed(name: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) | 0;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash;
}

/**
 * The patterns of the elements from `first` on, whatever came before: element e takes one half of the random word
 * e / 2. (The words are MurmurHash3's finaliser, of Austin Appleby, over a counter.)
 */
export function fillPatterns(patterns: Uint16Array, first: number, seed: number, table: Uint16Array): void {
  let i = 0;
  if (first % 2 === 1 && patterns.length > 0) patterns[i++] = table[randomWord(seed, (first - 1) / 2) >>> 20];
  const pairs = (patterns.length - i) >> 1;
  const counter = (first + i) / 2;
  for (let pair = 0; pair < pairs; pair++) {
    const word = randomWord(seed, counter + pair);
    patterns[i] = table[word & (TABLE_SIZE - 1)];
    patterns[i + 1] = table[word >>> 20];
    i += 2;
  }
  if (i < patterns.length) patterns[i] = table[randomWord(seed, counter + pairs) & (TABLE_SIZE - 1)];
}

function randomWord(seed: number, counter: number): number {
  let word = Math.imul(counter, 0x9e3779b1) ^ seed;
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}
