import type { Tensor } from '@tilewright/spec';
import type { ModelRule } from '../policy/policy.ts';
import { compareChoices } from '../statistics/choices.ts';
import { klDivergence } from '../statistics/kl-divergence.ts';
import { standardDeviation } from '../statistics/standard-deviation.ts';
import { overlap, topK } from '../statistics/top-k.ts';
import type { Ledger } from './ledger.ts';

/** How far two models' predictions are from each other, position by position. */
export class LogitDistance {
  readonly #rule: ModelRule;
  readonly #divergences: number[] = [];
  readonly #relativeDivergences: number[] = [];
  readonly #preferences: number[] = [];
  #shared = 0;
  #included = 0;

  constructor(rule: ModelRule) {
    this.#rule = rule;
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
    const divergence = klDivergence(ours, reference);
    const spread = standardDeviation(reference);
    const choices = compareChoices(ours, reference, k, tieWidth);
    this.#divergences.push(divergence);
    this.#relativeDivergences.push(spread === 0 ? divergence : Math.sqrt(2 * divergence) / spread);
    this.#preferences.push(choices.preference);
    this.#shared += overlap(topK(ours, k), topK(reference, k)) / Math.min(k, reference.length);
    if (choices.isMutual) this.#included++;
  }

  /** Books the figures of all positions; figures that are not numbers are beyond every limit. */
  book(ledger: Ledger): void {
    const rule = this.#rule;
    const count = this.#divergences.length;
    const squares = this.#relativeDivergences.reduce((sum, value) => sum + value * value, 0);
    const most = (value: number): { at: 'most'; value: number } => ({ at: 'most', value });
    const least = (value: number): { at: 'least'; value: number } => ({ at: 'least', value });
    const figures = [
      { name: 'positions compared', value: count, unit: '', limit: null },
      { name: 'largest KL divergence', value: Math.max(...this.#divergences), unit: 'nats', limit: null },
      {
        name: 'mean KL divergence',
        value: this.#divergences.reduce((sum, value) => sum + value, 0) / count,
        unit: 'nats',
        limit: null,
      },
      {
        name: 'largest divergence √(2·KL)',
        value: Math.max(...this.#relativeDivergences),
        unit: "of the logits' spread",
        limit: most(rule.maxDivergence),
      },
      {
        name: 'typical divergence √(2·KL)',
        value: Math.sqrt(squares / count),
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
        value: this.#shared / count,
        unit: 'of choices',
        limit: least(rule.meanTopKOverlap),
      },
      {
        name: "oracle's largest preference for its own choice",
        value: Math.max(...this.#preferences),
        unit: "of the logits' spread",
        limit: most(rule.maxPreference),
      },
    ];
    for (const figure of figures) ledger.figure(figure, 'tolerance-exceeded', Number.MAX_SAFE_INTEGER);
  }
}
