import type { Tensor } from '@tilewright/spec';
import type { ModelRule } from '../policy/policy.ts';
import { compareChoices } from '../statistics/choices.ts';
import { Distribution } from '../statistics/distribution.ts';
import { klDivergence } from '../statistics/kl-divergence.ts';
import { standardDeviation } from '../statistics/standard-deviation.ts';
import { TopKOverlap } from '../statistics/top-k-overlap.ts';
import type { Ledger } from './ledger.ts';

/** How far two models' predictions are from each other, position by position. */
export class LogitDistance {
  readonly #rule: ModelRule;
  readonly #divergences = new Distribution();
  readonly #relativeDivergences = new Distribution();
  readonly #relativeSquares = new Distribution();
  readonly #preferences = new Distribution();
  readonly #choices: TopKOverlap;
  #included = 0;

  constructor(rule: ModelRule) {
    this.#rule = rule;
    this.#choices = new TopKOverlap(rule.topK);
  }

  /** Takes in the logits of some positions, [positions, vocabulary] on both sides. */
  add(ours: Tensor, reference: Tensor): void {
    const width = reference.data.length / (reference.shape[0] as number);
    for (let from = 0; from < reference.data.length; from += width) {
      this.#addPosition(ours.data.subarray(from, from + width), reference.data.subarray(from, from + width));
    }
  }

  #addPosition(ours: Float32Array, reference: Float32Array): void {
    const { topK: k, tieWidth } = this.#rule;
    const divergence = klDivergence(reference, ours);
    const spread = standardDeviation(reference);
    const choices = compareChoices(reference, ours, k, tieWidth);
    const relative = spread === 0 ? divergence : Math.sqrt(2 * divergence) / spread;
    this.#divergences.add(divergence);
    this.#relativeDivergences.add(relative);
    this.#relativeSquares.add(relative * relative);
    this.#preferences.add(choices.preference);
    this.#choices.add(reference, ours);
    if (choices.isMutual) this.#included++;
  }

  /** Books the figures of all positions; figures that are not numbers are beyond every limit. */
  book(ledger: Ledger): void {
    const rule = this.#rule;
    const divergences = this.#divergences.summary();
    const { count } = divergences;
    const most = (value: number): { at: 'most'; value: number } => ({ at: 'most', value });
    const least = (value: number): { at: 'least'; value: number } => ({ at: 'least', value });
    const figures = [
      { name: 'positions compared', value: count, unit: '', limit: null },
      { name: 'largest KL divergence', value: divergences.max, unit: 'nats', limit: null },
      {
        name: 'mean KL divergence',
        value: divergences.mean,
        unit: 'nats',
        limit: null,
      },
      {
        name: 'largest divergence √(2·KL)',
        value: this.#relativeDivergences.summary().max,
        unit: "of the logits' spread",
        limit: most(rule.maxDivergence),
      },
      {
        name: 'typical divergence √(2·KL)',
        value: Math.sqrt(this.#relativeSquares.summary().mean),
        unit: "of the logits' spread",
        limit: most(rule.typicalDivergence),
      },
      {
        name: `first choices in the other's top ${rule.topK}`,
        value: this.#included / count,
        unit: 'of positions',
        limit: least(rule.topKInclusion),
      },
      {
        name: `shared top ${rule.topK}`,
        value: this.#choices.value().shared.mean,
        unit: 'of choices',
        limit: least(rule.meanTopKOverlap),
      },
      {
        name: "oracle's largest preference for its own choice",
        value: this.#preferences.summary().max,
        unit: "of the logits' spread",
        limit: most(rule.maxPreference),
      },
    ];
    for (const figure of figures) ledger.figure(figure, 'tolerance-exceeded', Number.MAX_SAFE_INTEGER);
  }
}
