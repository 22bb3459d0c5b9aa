import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { absoluteError } from './absolute-error.ts';
import { compare, worstOf } from './compare.ts';
import { correlation } from './correlation.ts';
import { cosine, minRowCosine } from './cosine.ts';
import { finitePairs } from './finite-pairs.ts';
import { klDivergence } from './kl-divergence.ts';
import { BEYOND_ANY_LIMIT, maxRelativeError, meanRelativeL1 } from './relative-error.ts';
import { rootMeanSquare } from './root-mean-square.ts';
import { normalizedMeanSquareError, signalToNoiseDecibels } from './signal-to-noise.ts';
import { standardDeviation } from './standard-deviation.ts';
import { toleranceUse } from './tolerance-use.ts';
import { overlap, topK } from './top-k.ts';

const f = (...values: number[]): Float32Array => Float32Array.from(values);

describe('errors', () => {
  it('measures what is off, absolutely and relatively', () => {
    expect(absoluteError(f(1, 2, 5), f(1, 4, 4))).toEqual({ max: 2, mean: 1 });
    expect(meanRelativeL1(f(1, 2, 5), f(1, 4, 4))).toBeCloseTo(3 / 9);
    expect(maxRelativeError(f(3, 4.5), f(3, 4))).toBeCloseTo(0.5 / 4);
    expect(normalizedMeanSquareError(f(0, 5), f(3, 4))).toBeCloseTo(10 / 25);
    expect(signalToNoiseDecibels(f(0.9), f(1))).toBeCloseTo(20, 4);
    expect(signalToNoiseDecibels(f(1), f(1))).toBe(300);
  });

  it('holds an element near zero against the size of its neighbours', () => {
    expect(maxRelativeError(f(1e-6, 10, 10), f(0, 10, 10))).toBeLessThan(1e-6);
  });

  it('has a number for errors of a zero reference', () => {
    expect(meanRelativeL1(f(0, 0), f(0, 0))).toBe(0);
    expect(meanRelativeL1(f(0, 1), f(0, 0))).toBe(BEYOND_ANY_LIMIT);
    expect(toleranceUse(f(0, 1), f(0, 0), 2, { absolute: 1, relative: 1 })).toBe(BEYOND_ANY_LIMIT);
  });
});

describe('correlation and cosine', () => {
  it('is blind to scale, which is why no gate passes on it alone', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 3, maxLength: 20 }), (values) => {
        fc.pre(new Set(values).size > 1);
        const reference = Float32Array.from(values);
        const doubled = reference.map((value) => 2 * value);
        expect(correlation(doubled, reference)).toBeCloseTo(1, 10);
        expect(cosine(doubled, reference)).toBeCloseTo(1, 10);
        expect(meanRelativeL1(doubled, reference)).toBeCloseTo(1, 10);
      }),
    );
  });

  it('does not reward a constant output', () => {
    expect(correlation(f(3, 3, 3), f(1, 2, 3))).toBe(0);
    expect(correlation(f(1, 2, 3), f(3, 3, 3))).toBe(0);
    expect(correlation(f(3, 3, 3), f(7, 7, 7))).toBe(1);
    expect(correlation(f(0, 0), f(0, 0))).toBe(1);
    expect(correlation(f(), f())).toBe(0);
  });

  it('shows the one row that is wrong', () => {
    expect(minRowCosine(f(1, 2, 3, 4, -5, 6), f(1, 2, 3, 4, 5, 6), 2)).toBeCloseTo((-25 + 36) / 61);
    expect(minRowCosine(f(0, 0), f(0, 0), 2)).toBe(1);
    expect(minRowCosine(f(0, 0), f(1, 0), 2)).toBe(0);
  });
});

describe('toleranceUse', () => {
  it('scales with the row, not with the tensor', () => {
    const reference = f(1000, 1000, 1, 1);
    const tolerance = { absolute: 0.1, relative: 0 };
    expect(toleranceUse(f(1000, 1000, 1.2, 1), reference, 2, tolerance)).toBeCloseTo(0.2 / 0.1, 1);
    expect(toleranceUse(f(1000.2, 1000, 1, 1), reference, 2, tolerance)).toBeCloseTo(0.002, 3);
  });
});

describe('logits', () => {
  it('measures the divergence of distributions', () => {
    expect(klDivergence(f(1, 2, 3), f(1, 2, 3))).toBe(0);
    expect(klDivergence(f(11, 12, 13), f(1, 2, 3))).toBeCloseTo(0, 6);
    expect(klDivergence(f(0, 0), f(Math.log(3), 0))).toBeCloseTo(0.75 * Math.log(1.5) + 0.25 * Math.log(0.5), 6);
  });

  it('grows with half the variance of an error', () => {
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
  it('are counted on either side and do not vanish in the other figures', () => {
    const pairs = finitePairs(f(Number.NaN, 2, 3), f(1, Number.POSITIVE_INFINITY, 3));
    expect(pairs).toEqual({ ours: f(0, 0, 3), reference: f(0, 0, 3), nonFinite: 2 });
    const statistics = compare(f(Number.NaN, 2), f(1, 2), 2);
    expect(statistics.nonFinite).toBe(1);
    expect(statistics.count).toBe(2);
    for (const figure of Object.values(statistics)) expect(Number.isFinite(figure)).toBe(true);
  });

  it('add up, while errors keep the worst', () => {
    const good = compare(f(1, 2), f(1, 2), 2);
    const bad = compare(f(Number.NaN, 2, 4), f(1, 2, 3), 3);
    const both = worstOf(good, bad);
    expect(both).toMatchObject({ count: 5, nonFinite: 1, maxAbsoluteError: 1, correlation: bad.correlation });
    expect(both.referenceRootMeanSquare).toBeCloseTo(Math.sqrt((1 + 4 + 0 + 4 + 9) / 5));
  });
});
