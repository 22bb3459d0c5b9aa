import type { SeededRandom } from '@tilewright/spec';

/** How the next token is chosen. */
export type Sampling =
  | { readonly kind: 'greedy' }
  /** Among the `topK` likeliest (all where absent), with probabilities sharpened by 1 / `temperature` > 0. */
  | { readonly kind: 'random'; readonly temperature: number; readonly topK?: number; readonly random: SeededRandom };

/** The token for one row of logits. Of equal logits the lower token wins. */
export function sampleToken(logits: Float32Array, sampling: Sampling): number {
  if (sampling.kind === 'greedy') return largestIndex(logits);
  const { temperature, topK, random } = sampling;
  const ranked = Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a] || a - b);
  const kept = ranked.slice(0, Math.max(1, topK ?? ranked.length));
  const highest = logits[kept[0]];
  const weights = kept.map((token) => Math.exp((logits[token] - highest) / temperature));
  let remaining = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [index, weight] of weights.entries()) {
    remaining -= weight;
    if (remaining < 0) return kept[index];
  }
  return kept[kept.length - 1];
}

function largestIndex(logits: Float32Array): number {
  let best = 0;
  for (let token = 1; token < logits.length; token++) if (logits[token] > logits[best]) best = token;
  return best;
}
