import type { Oracle, OracleSequence } from '@tilewright/spec';

export interface GreedyOptions {
  readonly signal?: AbortSignal;
  /** Called with each token as it is chosen. */
  readonly onToken?: (token: number) => void;
}

/** `count` tokens that continue `tokens`, each the most likely one; end-of-text does not stop it. */
export async function greedy(
  oracle: Oracle,
  tokens: readonly number[],
  count: number,
  options: GreedyOptions = {},
): Promise<number[]> {
  const sequence = oracle.start();
  if (count < 1) return [];
  const request = { tokens, ...(options.signal && { signal: options.signal }) };
  const first = argmax((await sequence.forward(request)).data);
  return continueGreedily(sequence, first, count, options);
}

/** `first`, which the caller has chosen from the sequence's latest logits, and `count − 1` tokens that follow it. */
export async function continueGreedily(
  sequence: OracleSequence,
  first: number,
  count: number,
  { signal, onToken }: GreedyOptions = {},
): Promise<number[]> {
  const chosen = [first];
  onToken?.(first);
  while (chosen.length < count) {
    const logits = await sequence.forward({ tokens: [chosen[chosen.length - 1]], ...(signal && { signal }) });
    const next = argmax(logits.data);
    chosen.push(next);
    onToken?.(next);
  }
  return chosen;
}

/** Index of the largest value; of equal ones the first. */
export function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    if (values[i] > values[best]) best = i;
  }
  return best;
}
