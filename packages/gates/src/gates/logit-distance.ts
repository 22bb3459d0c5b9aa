import type { Tensor } from '@tilewright/spec';
import type { ModelRule } from '../policy/policy.ts';
import { klDivergence } from '../statistics/kl-divergence.ts';
import { overlap, topK } from '../statistics/top-k.ts';
import type { Ledger } from './ledger.ts';

/** How far two models' predictions are from each other, position by position. */
export class LogitDistance {
  readonly #rule: ModelRule;
  #positions = 0;
  #maxDivergence = 0;
  #divergenceSum = 0;
  #overlapSum = 0;
  #included = 0;

  constructor(rule: ModelRule) {
    this.#rule = rule;
  }

  /** Takes in logits, [positions, vocabulary]; tells whether each position is within the limits by itself. */
  add(ours: Tensor, reference: Tensor): boolean {
    const { topK: k, maxDivergence } = this.#rule;
    const rows = reference.shape[0] as number;
    const width = reference.data.length / rows;
    let passed = true;
    for (let from = 0; from < reference.data.length; from += width) {
      const ourRow = ours.data.subarray(from, from + width);
      const referenceRow = reference.data.subarray(from, from + width);
      const divergence = klDivergence(ourRow, referenceRow);
      const ourTop = topK(ourRow, k);
      const referenceTop = topK(referenceRow, k);
      const isIncluded = ourTop.includes(referenceTop[0]) && referenceTop.includes(ourTop[0]);
      this.#positions++;
      // Not Math.max: a divergence that is not a number must show.
      if (!(divergence <= this.#maxDivergence)) this.#maxDivergence = divergence;
      this.#divergenceSum += divergence;
      this.#overlapSum += overlap(ourTop, referenceTop) / referenceTop.length;
      if (isIncluded) this.#included++;
      if (!isIncluded || !(divergence <= maxDivergence)) passed = false;
    }
    return passed;
  }

  /** Books the figures of all positions. */
  book(ledger: Ledger): void {
    const { maxDivergence, meanDivergence, topK: k, meanTopKOverlap } = this.#rule;
    const mean = (sum: number): number => (this.#positions === 0 ? Number.NaN : sum / this.#positions);
    const most = (value: number): { at: 'most'; value: number } => ({ at: 'most', value });
    const least = (value: number): { at: 'least'; value: number } => ({ at: 'least', value });
    const figures = [
      { name: 'positions compared', value: this.#positions, unit: '', limit: null },
      { name: 'largest KL divergence', value: this.#maxDivergence, unit: 'nats', limit: most(maxDivergence) },
      { name: 'mean KL divergence', value: mean(this.#divergenceSum), unit: 'nats', limit: most(meanDivergence) },
      {
        name: `first choice in the other's top ${k}`,
        value: mean(this.#included),
        unit: 'of positions',
        limit: least(1),
      },
      { name: `shared top ${k}`, value: mean(this.#overlapSum), unit: 'of choices', limit: least(meanTopKOverlap) },
    ];
    for (const figure of figures) ledger.figure(figure, 'tolerance-exceeded', Number.MAX_SAFE_INTEGER);
  }
}
