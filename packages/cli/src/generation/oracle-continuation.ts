import { argmax } from '@tilewright/oracle';
import type { Oracle } from '@tilewright/spec';

/** The oracle's greedy continuation beside another one of the same prompt. */
export interface OracleContinuation {
  readonly tokens: readonly number[];
  /** Null where both are the same. */
  readonly firstDifference: ContinuationDifference | null;
}

export interface ContinuationDifference {
  /** Position among the generated tokens, counted from 0. */
  readonly index: number;
  readonly ours: number;
  readonly oracle: number;
  /** By how much the oracle preferred its token to ours: the difference of the two logits. */
  readonly margin: number;
}

export interface OracleContinuationRequest {
  readonly prompt: readonly number[];
  /** The continuation to compare with; as many tokens are computed. */
  readonly ours: readonly number[];
  readonly signal: AbortSignal;
}

/** Continues a prompt greedily with the oracle, for as many tokens as the other continuation has. */
export async function oracleContinuation(
  oracle: Oracle,
  { prompt, ours, signal }: OracleContinuationRequest,
): Promise<OracleContinuation> {
  const sequence = oracle.start();
  const tokens: number[] = [];
  let firstDifference: ContinuationDifference | null = null;
  for (const [index, token] of ours.entries()) {
    const last = tokens.at(-1);
    const { data } = await sequence.forward({ tokens: last === undefined ? prompt : [last], signal });
    const best = argmax(data);
    tokens.push(best);
    if (firstDifference === null && best !== token) {
      firstDifference = { index, ours: token, oracle: best, margin: (data[best] as number) - (data[token] as number) };
    }
  }
  return { tokens, firstDifference };
}
