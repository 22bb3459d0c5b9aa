import { standardDeviation } from './standard-deviation.ts';
import { topK } from './top-k.ts';

/** How two sides see each other's first choice at one position. */
export interface ChoiceComparison {
  readonly isSame: boolean;
  /** Each side's first choice is among the other's first k, or as close to them as near ties are. */
  readonly isMutual: boolean;
  /** How far the reference prefers its own first choice to the candidate's, in units of the spread of its logits. */
  readonly preference: number;
}

/** Compares the first choices of two rows of logits. `tieWidth` is in units of the reference's spread. */
export function compareChoices(
  reference: Float32Array,
  candidate: Float32Array,
  k: number,
  tieWidth: number,
): ChoiceComparison {
  const referenceTop = topK(reference, k);
  const candidateTop = topK(candidate, k);
  const spread = standardDeviation(reference);
  const isAmong = (row: Float32Array, top: readonly number[], token: number): boolean =>
    row[token] >= row[top[top.length - 1]] - tieWidth * spread;
  const margin = reference[referenceTop[0]] - reference[candidateTop[0]];
  return {
    isSame: candidateTop[0] === referenceTop[0],
    isMutual: isAmong(candidate, candidateTop, referenceTop[0]) && isAmong(reference, referenceTop, candidateTop[0]),
    preference: spread === 0 ? 0 : margin / spread,
  };
}
