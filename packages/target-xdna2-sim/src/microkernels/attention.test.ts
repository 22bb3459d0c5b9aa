import { bf16ToF32, f32ToBf16NearestEven, MICROKERNELS, seededRandom } from '@tilewright/spec';
import { describe, expect, it } from 'vitest';
import { exponential2Bf16 } from '../number/exponential-bf16.ts';
import { IMPLEMENTATIONS } from './implementations.ts';

const QUERIES = 64;
const KEYS = 64;
const LOWEST = 0xff7f;

function call(name: string, operands: Record<string, Uint16Array>, parameters: Record<string, number>): void {
  const signature = MICROKERNELS.get(name)!;
  expect(signature.limits(parameters)).toEqual([]);
  expect(Object.keys(operands).sort()).toEqual(signature.operands.map((operand) => operand.name).sort());
  const views = Object.entries(operands).map(([operand, data]) => [operand, { data, offset: 0 }]);
  IMPLEMENTATIONS.get(name)!(Object.fromEntries(views), parameters);
}

/** Rows [first, first + rows) of a row-major matrix in blocks [columns/8, rows/8, 8, 8]. */
function blocked(matrix: Uint16Array, columns: number, first: number, rows: number): Uint16Array {
  const out = new Uint16Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      out[((column >> 3) * rows + row) * 8 + (column & 7)] = matrix[(first + row) * columns + column]!;
    }
  }
  return out;
}

/** V as the right operand of the product: blocks [columns/8, rows/8, 8, 8] too. */
const blockedValues = blocked;

interface Partial {
  readonly output: Uint16Array;
  readonly maximum: Uint16Array;
  readonly sum: Uint16Array;
}

/** What one core computes for its queries over keys [from, to), call by call as in dataflows.md, 7.1. */
function partial(
  [q, k, v]: readonly [Uint16Array, Uint16Array, Uint16Array],
  dimension: number,
  queryStart: number,
  [from, to]: readonly [number, number],
  causal: boolean,
  scale: number,
): Partial {
  const query = blocked(q, dimension, queryStart, QUERIES);
  const output = new Uint16Array(QUERIES * dimension).fill(0x7fc0);
  const maximum = new Uint16Array(QUERIES);
  const sum = new Uint16Array(QUERIES);
  const [scores, factor, sums] = [new Uint16Array(QUERIES * KEYS), new Uint16Array(QUERIES), new Uint16Array(QUERIES)];
  call('zero-bf16', { c: output }, { n: output.length });
  call('zero-bf16', { c: sum }, { n: QUERIES });
  call('fill-bf16', { c: maximum }, { n: QUERIES, value: bf16ToF32(LOWEST) });
  for (let key = from; key < to; key += KEYS) {
    call('zero-bf16', { c: scores }, { n: scores.length });
    const shape = { queries: QUERIES, keys: KEYS };
    call('attention-scores', { query, key: blocked(k, dimension, key, KEYS), scores }, { ...shape, depth: dimension });
    if (causal) call('attention-mask', { scores }, { ...shape, queryStart, keyStart: key });
    call('attention-softmax', { scores, maximum, factor, sums }, { ...shape, scale });
    call('attention-rescale', { output, factor }, { queries: QUERIES, width: dimension });
    const values = blockedValues(v, dimension, key, KEYS);
    call('matmul-bfp16-bf16', { a: scores, b: values, c: output }, { m: QUERIES, k: KEYS, n: dimension });
    call('attention-sum', { sum, factor, sums }, { queries: QUERIES });
  }
  return { output, maximum, sum };
}

/** The whole key range in four stages, merged from the last to the first. */
function attend(
  tensors: readonly [Uint16Array, Uint16Array, Uint16Array],
  dimension: number,
  length: number,
  queryStart: number,
  causal: boolean,
  stages: number,
): Uint16Array {
  const scale = Math.LOG2E / Math.sqrt(dimension);
  let state: Partial | undefined;
  for (let stage = stages - 1; stage >= 0; stage--) {
    const range = [(stage * length) / stages, ((stage + 1) * length) / stages] as const;
    const own = partial(tensors, dimension, queryStart, range, causal, scale);
    if (state !== undefined) {
      const other = { otherOutput: state.output, otherMaximum: state.maximum, otherSum: state.sum };
      call('attention-merge', { ...own, ...other }, { queries: QUERIES, width: dimension, scale });
    }
    state = own;
  }
  call('attention-normalise', { output: state!.output, sum: state!.sum }, { queries: QUERIES, width: dimension });
  return state!.output;
}

function exact(
  [q, k, v]: readonly [Uint16Array, Uint16Array, Uint16Array],
  dimension: number,
  length: number,
  query: number,
  causal: boolean,
): Float64Array {
  const keys = causal ? query + 1 : length;
  const weights = Float64Array.from({ length: keys }, (_, key) => {
    let score = 0;
    for (let d = 0; d < dimension; d++)
      score += bf16ToF32(q[query * dimension + d]!) * bf16ToF32(k[key * dimension + d]!);
    return score / Math.sqrt(dimension);
  });
  const largest = Math.max(...weights);
  const out = new Float64Array(dimension);
  let sum = 0;
  for (let key = 0; key < keys; key++) {
    const weight = Math.exp(weights[key]! - largest);
    sum += weight;
    for (let d = 0; d < dimension; d++) out[d]! += weight * bf16ToF32(v[key * dimension + d]!);
  }
  return out.map((value) => value / sum);
}

function error(length: number, dimension: number, starts: readonly number[], causal: boolean, seed = 1): number {
  const random = seededRandom(seed);
  const tensor = () => Uint16Array.from({ length: length * dimension }, () => f32ToBf16NearestEven(random.normal()));
  const tensors = [tensor(), tensor(), tensor()] as const;
  let [difference, size] = [0, 0];
  for (const start of starts) {
    const got = attend(tensors, dimension, length, start, causal, 4);
    for (let row = 0; row < QUERIES; row++) {
      const reference = exact(tensors, dimension, length, start + row, causal);
      for (let d = 0; d < dimension; d++) {
        const value = bf16ToF32(got[((d >> 3) * QUERIES + row) * 8 + (d & 7)]!);
        expect(Number.isFinite(value)).toBe(true);
        difference += Math.abs(value - reference[d]!);
        size += Math.abs(reference[d]!);
      }
    }
  }
  return difference / size;
}

describe('the calls of FlashAttention', () => {
  it.each([
    { length: 512, dimension: 64, published: 4.5e-2 },
    { length: 512, dimension: 128, published: 4.4e-2 },
    { length: 1024, dimension: 64, published: 4.8e-2 },
  ])('err as published at length $length, head $dimension, all keys', ({ length, dimension, published }) => {
    expect(Math.abs(error(length, dimension, [0], false) / published - 1)).toBeLessThan(0.12);
  });

  it('err as published with a causal mask at length 2048', () => {
    const starts = Array.from({ length: 6 }, (_, i) => 64 + i * 384);
    expect(Math.abs(error(2048, 64, starts, true) / 3.9e-2 - 1)).toBeLessThan(0.12);
  });

  it('stay finite and right where whole stages are masked', () => {
    expect(error(512, 64, [0], true)).toBeLessThan(0.05);
  });

  it('spread a NaN of a key over the queries that see it, and over no other', () => {
    const random = seededRandom(4);
    const tensor = () => Uint16Array.from({ length: 256 * 64 }, () => f32ToBf16NearestEven(random.normal()));
    const tensors = [tensor(), tensor(), tensor()] as const;
    tensors[1][130 * 64] = 0x7fc0;
    const before = attend(tensors, 64, 256, 0, true, 4);
    const after = attend(tensors, 64, 256, 192, true, 4);
    expect([...before].every((bits) => Number.isFinite(bf16ToF32(bits)))).toBe(true);
    expect([...after].every((bits) => Number.isNaN(bf16ToF32(bits)))).toBe(true);
  });
});

describe('exponential2Bf16', () => {
  it('is exact at whole numbers, at most 6.2 % too large between them, and never falls', () => {
    let previous = 0;
    for (let step = -130 * 64; step <= 4 * 64; step++) {
      const value = bf16ToF32(exponential2Bf16(step / 64));
      expect(value).toBeGreaterThanOrEqual(previous);
      previous = value;
      if (step < -126 * 64) expect(value).toBe(0);
      else if (step % 64 === 0) expect(value).toBe(2 ** (step / 64));
      else expect(value / 2 ** (step / 64)).toBeLessThan(1.062);
    }
    expect(exponential2Bf16(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(bf16ToF32(exponential2Bf16(Number.NaN))).toBeNaN();
  });
});
