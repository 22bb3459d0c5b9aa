import { TilewrightError } from '@tilewright/spec';
import { Comparator, type ComparatorOptions } from './comparator.ts';
import type { Comparison } from './comparison.ts';

/** Values in pieces of one or more whole positions; how they are cut may differ from side to side. */
export type Positions = Iterable<Float32Array> | AsyncIterable<Float32Array>;

export interface CompareOptions extends ComparatorOptions {
  /** Elements of one position: the last axis of a tensor [positions, width]. */
  readonly width: number;
}

/**
 * Every statistic of `candidate` against `reference`: two flat arrays [positions, width] at once, or two streams of such
 * pieces, of which no more than a piece of each is held. Throws `tensor-misshapen` where one side has more than the other,
 * or a piece ends within a position.
 */
export function compare(reference: Float32Array, candidate: Float32Array, options: CompareOptions): Comparison;
export function compare(reference: Positions, candidate: Positions, options: CompareOptions): Promise<Comparison>;
export function compare(
  reference: Float32Array | Positions,
  candidate: Float32Array | Positions,
  options: CompareOptions,
): Comparison | Promise<Comparison> {
  if (!(reference instanceof Float32Array && candidate instanceof Float32Array)) {
    const asStream = (side: Float32Array | Positions): Positions => (side instanceof Float32Array ? [side] : side);
    return compareStreams(asStream(reference), asStream(candidate), options);
  }
  if (reference.length !== candidate.length) throw misshapen('candidate', reference.length, candidate.length);
  const comparator = new Comparator(options);
  const [ours, theirs] = [rows([candidate], options.width), rows([reference], options.width)];
  for (const row of theirs) comparator.add(row, ours.next().value as Float32Array);
  return comparator.result();
}

async function compareStreams(
  reference: Positions,
  candidate: Positions,
  options: CompareOptions,
): Promise<Comparison> {
  const comparator = new Comparator(options);
  const candidates = streamRows(candidate, options.width);
  let positions = 0;
  try {
    for await (const row of streamRows(reference, options.width)) {
      const { value, done } = await candidates.next();
      if (done === true) throw misshapen('candidate', `more than ${positions} positions`, `${positions}`);
      comparator.add(row, value);
      positions++;
    }
    if ((await candidates.next()).done !== true) {
      throw misshapen('candidate', `${positions} positions`, `more than ${positions}`);
    }
  } finally {
    await candidates.return(undefined);
  }
  return comparator.result();
}

async function* streamRows(pieces: Positions, width: number): AsyncGenerator<Float32Array, void, undefined> {
  for await (const piece of pieces) yield* rows([piece], width);
}

function* rows(pieces: Iterable<Float32Array>, width: number): Generator<Float32Array, void, undefined> {
  for (const piece of pieces) {
    if (!(width > 0) || piece.length % width !== 0) {
      throw misshapen('piece', `a multiple of ${width} elements`, piece.length);
    }
    for (let from = 0; from < piece.length; from += width) yield piece.subarray(from, from + width);
  }
}

function misshapen(what: string, expected: number | string, got: number | string): TilewrightError {
  return new TilewrightError(
    'tensor-misshapen',
    `The ${what} has ${got} where ${expected} would match.`,
    'Compare values of the same shape, and give the width of one position.',
    { expected, got },
  );
}
