import { AbsoluteError } from './absolute-error.ts';
import type { Comparison, LogitComparison } from './comparison.ts';
import { Correlation } from './correlation.ts';
import { PositionCosine } from './cosine.ts';
import { KlDivergence } from './kl-divergence.ts';
import { MeanRelativeL1 } from './mean-relative-l1.ts';
import { countNonFinite } from './non-finite.ts';
import { RelativeError } from './relative-error.ts';
import { SignalToNoise } from './signal-to-noise.ts';
import { TopKOverlap } from './top-k-overlap.ts';

export interface ComparatorOptions {
  /** The positions are logits: compare the first so many choices too, and the predictions. */
  readonly topK?: number;
}

/** Every statistic of a candidate against its reference, gathered position by position. It keeps a few numbers of each. */
export class Comparator {
  readonly #topK: number | null;
  readonly #absolute = new AbsoluteError();
  readonly #relative = new RelativeError();
  readonly #l1 = new MeanRelativeL1();
  readonly #signal = new SignalToNoise();
  readonly #correlation = new Correlation();
  readonly #cosine = new PositionCosine();
  readonly #choices: TopKOverlap | null;
  readonly #divergence = new KlDivergence();
  readonly #nonFinite = { reference: 0, candidate: 0, pairs: 0 };
  #positions = 0;
  #count = 0;

  constructor({ topK }: ComparatorOptions = {}) {
    this.#topK = topK ?? null;
    this.#choices = topK === undefined ? null : new TopKOverlap(topK);
  }

  /** Takes in one position; both sides have the same length. Neither is kept. */
  add(reference: Float32Array, candidate: Float32Array): void {
    this.#positions++;
    this.#count += reference.length;
    const { pairs, ...sides } = countNonFinite(reference, candidate);
    this.#nonFinite.reference += sides.reference;
    this.#nonFinite.candidate += sides.candidate;
    this.#nonFinite.pairs += pairs;
    // What follows has no value any more that means anything.
    if (this.#nonFinite.pairs > 0) return;
    for (const metric of [this.#absolute, this.#relative, this.#l1, this.#signal, this.#correlation, this.#cosine]) {
      metric.add(reference, candidate);
    }
    if (this.#choices === null) return;
    this.#choices.add(reference, candidate);
    this.#divergence.add(reference, candidate);
  }

  /** Of all that was added so far. */
  result(): Comparison {
    const signal = this.#signal.value();
    const comparison: Comparison = {
      positions: this.#positions,
      count: this.#count,
      nonFinite: { ...this.#nonFinite },
      referenceRootMeanSquare: signal.referenceRootMeanSquare,
      absoluteError: this.#absolute.value(),
      relativeError: this.#relative.value(),
      meanRelativeL1: this.#l1.value(),
      normalizedMeanSquareError: signal.normalizedMeanSquareError,
      signalToNoiseDecibels: signal.decibels,
      correlation: this.#correlation.value(),
      cosine: this.#cosine.value(),
      logits: this.#logits(),
    };
    return this.#nonFinite.pairs > 0 ? withoutFigures(comparison) : comparison;
  }

  #logits(): LogitComparison | null {
    if (this.#choices === null) return null;
    const { shared, sameFirst } = this.#choices.value();
    return { topK: this.#topK as number, overlap: shared, sameFirst, divergence: this.#divergence.value() };
  }
}

/** The same, with NaN for every figure. */
function withoutFigures(comparison: Comparison): Comparison {
  const { positions, count, nonFinite, logits, ...figures } = comparison;
  return {
    ...(unknowable(figures) as typeof figures),
    ...{ positions, count, nonFinite },
    logits: logits && { ...(unknowable(logits) as LogitComparison), topK: logits.topK },
  };
}

function unknowable(figure: unknown): unknown {
  if (typeof figure !== 'object' || figure === null) return typeof figure === 'number' ? Number.NaN : figure;
  return Object.fromEntries(Object.entries(figure).map(([name, member]) => [name, unknowable(member)]));
}
