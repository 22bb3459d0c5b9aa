import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BEYOND_ANY_LIMIT } from './beyond-any-limit.ts';
import { compareChoices } from './choices.ts';
import { Comparator } from './comparator.ts';
import { compare } from './compare.ts';
import { cosine } from './cosine.ts';
import { Distribution } from './distribution.ts';
import { klDivergence } from './kl-divergence.ts';
import { rootMeanSquare } from './root-mean-square.ts';
import { MOST_DECIBELS } from './signal-to-noise.ts';
import { standardDeviation } from './standard-deviation.ts';
import { statisticsOf, worstOf } from './statistics-of.ts';
import { toleranceUse } from './tolerance-use.ts';
import { overlap, topK } from './top-k.ts';

const f = (...values: number[]): Float32Array => Float32Array.from(values);
const number = fc.double({ min: -1e3, max: 1e3, noNaN: true });
/** Two tensors of the same shape [rows, width]. */
const tensors = fc
  .record({ rows: fc.integer({ min: 1, max: 6 }), width: fc.integer({ min: 1, max: 7 }) })
  .chain(({ rows, width }) => {
    const side = fc
      .array(number, { minLength: rows * width, maxLength: rows * width })
      .map((values) => Float32Array.from(values));
    return fc.record({ width: fc.constant(width), reference: side, candidate: side });
  });

describe('errors', () => {
  const comparison = compare(f(1, 4, 4), f(1, 2, 5), { width: 3 });

  it('are what a sheet of paper says', () => {
    expect(comparison.absoluteError).toEqual({ max: 2, mean: 1 });
    expect(comparison.meanRelativeL1).toBeCloseTo(3 / 9, 12);
    expect(comparison.normalizedMeanSquareError).toBeCloseTo(5 / 33, 12);
    expect(comparison.signalToNoiseDecibels).toBeCloseTo(10 * Math.log10(33 / 5), 12);
    expect(comparison.referenceRootMeanSquare).toBeCloseTo(Math.sqrt(11), 12);
    // RMS of the row is √11 = 3.317: the 1 is held against that, the fours against themselves.
    expect(comparison.relativeError.max).toBeCloseTo(2 / 4, 12);
    expect(comparison.relativeError.mean).toBeCloseTo((0 + 2 / 4 + 1 / 4) / 3, 12);
    expect(comparison).toMatchObject({ positions: 1, count: 3, nonFinite: { reference: 0, candidate: 0, pairs: 0 } });
  });

  it('holds an element near zero against the size of its neighbours at that position', () => {
    expect(compare(f(0, 10, 10), f(1e-6, 10, 10), { width: 3 }).relativeError.max).toBeLessThan(1e-6);
    expect(compare(f(0, 1e-6, 10, 10), f(1e-6, 1e-6, 10, 10), { width: 2 }).relativeError.max).toBeCloseTo(2 ** 0.5, 5);
  });

  it('has a number for errors of a zero reference, and for none', () => {
    expect(compare(f(0, 0), f(0, 0), { width: 2 })).toMatchObject({
      meanRelativeL1: 0,
      normalizedMeanSquareError: 0,
      signalToNoiseDecibels: MOST_DECIBELS,
    });
    expect(compare(f(0, 0), f(0, 1), { width: 2 })).toMatchObject({
      meanRelativeL1: BEYOND_ANY_LIMIT,
      relativeError: { max: BEYOND_ANY_LIMIT },
      signalToNoiseDecibels: -MOST_DECIBELS,
    });
    expect(toleranceUse(f(0, 0), f(0, 1), 2, { absolute: 1, relative: 1 })).toBe(BEYOND_ANY_LIMIT);
  });

  it('of nothing are not a number', () => {
    const { absoluteError, meanRelativeL1, correlation, cosine } = compare(f(), f(), { width: 3 });
    expect([absoluteError.max, absoluteError.mean, meanRelativeL1, correlation, cosine.min]).toEqual(
      Array(5).fill(Number.NaN),
    );
  });

  it('of something equal are none; scaling a candidate scales them', () => {
    fc.assert(
      fc.property(tensors, fc.double({ min: 0.1, max: 10, noNaN: true }), ({ reference, width }, factor) => {
        const same = compare(reference, reference, { width });
        expect(same.absoluteError).toEqual({ max: 0, mean: 0 });
        expect(same.signalToNoiseDecibels).toBe(MOST_DECIBELS);
        fc.pre(rootMeanSquare(reference) > 1e-3);
        const scaled = compare(
          reference,
          reference.map((value) => factor * value),
          { width },
        );
        expect(scaled.meanRelativeL1).toBeCloseTo(Math.abs(factor - 1), 5);
        expect(scaled.normalizedMeanSquareError).toBeCloseTo((factor - 1) ** 2, 4);
      }),
    );
  });
});

describe('correlation and cosine', () => {
  it('are blind to scale, which is why no gate passes on them alone', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 3, maxLength: 20 }), (values) => {
        fc.pre(new Set(values).size > 1);
        const reference = Float32Array.from(values);
        const doubled = reference.map((value) => 2 * value);
        const comparison = compare(reference, doubled, { width: values.length });
        expect(comparison.correlation).toBeCloseTo(1, 10);
        expect(comparison.cosine.min).toBeCloseTo(1, 10);
        expect(comparison.meanRelativeL1).toBeCloseTo(1, 10);
      }),
    );
  });

  it('does not reward a constant candidate', () => {
    const correlation = (reference: Float32Array, candidate: Float32Array): number =>
      compare(reference, candidate, { width: reference.length }).correlation;
    expect(correlation(f(1, 2, 3), f(3, 3, 3))).toBe(0);
    expect(correlation(f(3, 3, 3), f(1, 2, 3))).toBe(0);
    expect(correlation(f(7, 7, 7), f(3, 3, 3))).toBe(1);
    expect(correlation(f(0, 0), f(0, 0))).toBe(1);
  });

  it('loses no digits to a large mean', () => {
    const far = 2 ** 22;
    const reference = f(far + 1, far + 2, far + 3, far + 4);
    const candidate = f(1, 3, 2, 4);
    // Spearman's 1 − 6·Σd² / (n·(n² − 1)) of ranks without ties is Pearson's, and Σd² is 2 here.
    expect(compare(reference, candidate, { width: 1 }).correlation).toBeCloseTo(1 - (6 * 2) / (4 * 15), 12);
  });

  it('shows the one position that is wrong', () => {
    const reference = f(1, 2, 3, 4, 5, 6);
    const comparison = compare(reference, f(1, 2, 3, 4, -5, 6), { width: 2 });
    expect(comparison.cosine).toMatchObject({ count: 3, minAt: 2, max: 1 });
    expect(comparison.cosine.min).toBeCloseTo((-25 + 36) / 61, 12);
    expect(cosine(f(0, 0), f(0, 0))).toBe(1);
    expect(cosine(f(1, 0), f(0, 0))).toBe(0);
  });
});

describe('streams', () => {
  it('say what arrays say, however the pieces are cut on either side', async () => {
    await fc.assert(
      fc.asyncProperty(tensors, fc.array(fc.integer({ min: 1, max: 3 })), async ({ width, ...sides }, cuts) => {
        const options = { width, topK: 2 };
        async function* pieces(values: Float32Array, sizes: readonly number[]): AsyncGenerator<Float32Array> {
          for (let from = 0, i = 0; from < values.length; i++) {
            const to = from + width * (sizes[i % sizes.length] ?? 1);
            yield values.subarray(from, Math.min(to, values.length));
            from = to;
          }
        }
        const streamed = compare(pieces(sides.reference, cuts), pieces(sides.candidate, [2, ...cuts]), options);
        expect(await streamed).toEqual(compare(sides.reference, sides.candidate, options));
      }),
    );
  });

  it('gathers the correlation that two passes over everything give', () => {
    fc.assert(
      fc.property(tensors, ({ reference, candidate, width }) => {
        const whole = compare(reference, candidate, { width: reference.length }).correlation;
        expect(compare(reference, candidate, { width }).correlation).toBeCloseTo(whole, 9);
      }),
    );
  });

  it('refuses sides of different lengths, and a piece that ends within a position', async () => {
    const wrong = { code: 'tensor-misshapen' };
    expect(() => compare(f(1, 2), f(1), { width: 1 })).toThrow(expect.objectContaining(wrong));
    expect(() => compare(f(1, 2, 3), f(1, 2, 3), { width: 2 })).toThrow(expect.objectContaining(wrong));
    await expect(compare([f(1, 2)], [f(1)], { width: 1 })).rejects.toMatchObject(wrong);
    await expect(compare([f(1)], [f(1), f(2)], { width: 1 })).rejects.toMatchObject(wrong);
  });

  it('leaves the side that goes on', async () => {
    let left = false;
    async function* endless(): AsyncGenerator<Float32Array> {
      try {
        for (;;) yield f(1);
      } finally {
        left = true;
      }
    }
    await expect(compare([f(1)], endless(), { width: 1 })).rejects.toMatchObject({ code: 'tensor-misshapen' });
    expect(left).toBe(true);
  });
});

describe('distributions', () => {
  it('interpolate between ranks, and say where the extremes are', () => {
    const distribution = new Distribution();
    for (const value of [5, 1, 3, 2, 4]) distribution.add(value);
    expect(distribution.summary()).toMatchObject({ count: 5, mean: 3, min: 1, minAt: 1, max: 5, maxAt: 0 });
    const { percentiles } = distribution.summary();
    expect(percentiles[50]).toBe(3);
    expect(percentiles[25]).toBe(2);
    expect(percentiles[95]).toBeCloseTo(4.8, 12);
    expect(percentiles[1]).toBeCloseTo(1.04, 12);
  });

  it('do not lose what is no number', () => {
    const distribution = new Distribution();
    for (const value of [1, Number.NaN, 2]) distribution.add(value);
    expect(distribution.summary()).toMatchObject({ count: 3, mean: Number.NaN, min: Number.NaN, max: Number.NaN });
  });
});

describe('toleranceUse', () => {
  it('scales with the row, not with the tensor', () => {
    const reference = f(1000, 1000, 1, 1);
    const tolerance = { absolute: 0.1, relative: 0 };
    expect(toleranceUse(reference, f(1000, 1000, 1.2, 1), 2, tolerance)).toBeCloseTo(0.2 / 0.1, 1);
    expect(toleranceUse(reference, f(1000.2, 1000, 1, 1), 2, tolerance)).toBeCloseTo(0.002, 3);
  });
});

describe('logits', () => {
  it('measures the divergence of distributions', () => {
    expect(klDivergence(f(1, 2, 3), f(1, 2, 3))).toBe(0);
    expect(klDivergence(f(1, 2, 3), f(11, 12, 13))).toBeCloseTo(0, 6);
    const expected = 0.75 * Math.log(1.5) + 0.25 * Math.log(0.5);
    expect(klDivergence(f(Math.log(3), 0), f(0, 0))).toBeCloseTo(expected, 6);
    // The other way round it is another number, so the order of the sides shows.
    expect(klDivergence(f(0, 0), f(Math.log(3), 0))).toBeCloseTo(0.5 * Math.log(2 / 3) + 0.5 * Math.log(2), 6);
  });

  it('is never negative, and zero only for the same prediction', () => {
    fc.assert(
      fc.property(tensors, ({ reference, candidate }) => {
        expect(klDivergence(reference, candidate)).toBeGreaterThanOrEqual(0);
        expect(
          klDivergence(
            reference,
            reference.map((value) => value),
          ),
        ).toBeCloseTo(0, 9);
      }),
    );
  });

  it('compares choices at every position, if asked', () => {
    const reference = f(1, 2, 3, 4, 9, 1, 2, 3);
    const candidate = f(1, 2, 4, 3, 9, 8, 2, 3);
    const { logits } = compare(reference, candidate, { width: 4, topK: 2 });
    // Position 0: {3, 2} and {2, 3}; position 1: {0, 3} and {0, 1}.
    expect(logits).toMatchObject({
      topK: 2,
      sameFirst: 1,
      overlap: { count: 2, mean: 0.75, min: 0.5, minAt: 1, max: 1 },
    });
    expect(logits?.divergence.max).toBeGreaterThan(0);
    expect(compare(reference, candidate, { width: 4 }).logits).toBeNull();
  });

  it('sees how much each side dislikes the choice of the other', () => {
    const choices = compareChoices(f(1, -1, 0), f(0, 3, 1), 2, 0);
    expect(choices).toMatchObject({ isSame: false, isMutual: false });
    expect(choices.preference).toBeCloseTo(2 / Math.sqrt(2 / 3), 6);
  });

  it('measures spread and size', () => {
    expect(standardDeviation(f(1, -1, 1, -1))).toBe(1);
    expect(rootMeanSquare(f(3, 4))).toBeCloseTo(Math.sqrt(12.5));
  });

  it('finds the first choices as a sort would', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 }), fc.nat(8), (values, k) => {
        const sorted = values
          .map((value, index) => ({ value, index }))
          .sort((a, b) => b.value - a.value || a.index - b.index);
        expect(topK(Float32Array.from(values), k + 1)).toEqual(sorted.slice(0, k + 1).map(({ index }) => index));
      }),
    );
    expect(overlap([1, 2, 3], [3, 4, 1])).toBe(2);
  });
});

describe('non-finite values', () => {
  const infinite = Number.POSITIVE_INFINITY;

  it.each([
    ['the reference', f(1, 2, Number.NaN, 4), f(1, 2, 3, 4), { reference: 1, candidate: 0, pairs: 1 }],
    ['the candidate', f(1, 2, 3, 4), f(infinite, 2, 3, -infinite), { reference: 0, candidate: 2, pairs: 2 }],
    ['both at one place', f(1, infinite, 3, 4), f(1, infinite, 3, 4), { reference: 1, candidate: 1, pairs: 1 }],
  ])('on %s are counted, and no figure hides them', (_, reference, candidate, nonFinite) => {
    const comparison = compare(reference, candidate, { width: 2, topK: 1 });
    expect(comparison).toMatchObject({ positions: 2, count: 4, nonFinite });
    const { referenceRootMeanSquare, absoluteError, relativeError, cosine, logits } = comparison;
    const figures = [referenceRootMeanSquare, absoluteError.max, absoluteError.mean, relativeError.mean, cosine.mean];
    figures.push(comparison.meanRelativeL1, comparison.correlation, comparison.signalToNoiseDecibels);
    figures.push(comparison.normalizedMeanSquareError, cosine.percentiles[50], logits?.divergence.max ?? 0);
    figures.push(logits?.overlap.mean ?? 0, logits?.sameFirst ?? 0);
    expect(figures).toEqual(figures.map(() => Number.NaN));
  });

  it('stay when more is added that is finite', () => {
    const comparator = new Comparator();
    comparator.add(f(1, 2), f(1, Number.NaN));
    comparator.add(f(1, 2), f(1, 2));
    expect(comparator.result()).toMatchObject({ positions: 2, count: 4, nonFinite: { candidate: 1 } });
    expect(comparator.result().absoluteError.mean).toBeNaN();
  });

  it('add up over tensors, and what they spoilt stays spoilt', () => {
    const good = statisticsOf(compare(f(1, 2), f(1, 2), { width: 2 }));
    const bad = statisticsOf(compare(f(1, 2, 3), f(Number.NaN, 2, 4), { width: 3 }));
    for (const both of [worstOf(good, bad), worstOf(bad, good)]) {
      expect(both).toMatchObject({ count: 5, nonFinite: 1 });
      expect([both.maxAbsoluteError, both.meanRelativeL1, both.correlation]).toEqual(Array(3).fill(Number.NaN));
    }
  });
});

it('keeps the worst of several tensors', () => {
  const near = statisticsOf(compare(f(1, 2), f(1, 2), { width: 2 }));
  const far = statisticsOf(compare(f(1, 2, 3), f(1, 2, 4), { width: 3 }));
  const both = worstOf(near, far);
  expect(both).toMatchObject({ count: 5, maxAbsoluteError: 1, correlation: far.correlation });
  expect(both.meanAbsoluteError).toBeCloseTo(1 / 5);
  expect(both.referenceRootMeanSquare).toBeCloseTo(Math.sqrt((1 + 4 + 1 + 4 + 9) / 5));
});
