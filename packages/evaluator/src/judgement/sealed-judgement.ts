import type { EvaluatedPerformance, GateReport } from '@tilewright/spec';

declare const sealed: unique symbol;

/** What the evaluator found by itself. */
export interface Judgement {
  /** Digests of what was judged, and by what. */
  readonly subjects: Readonly<Record<string, string>>;
  readonly seeds: readonly number[];
  readonly gates: readonly GateReport[];
  readonly performance: EvaluatedPerformance;
  /** The ranges in which claimed times must lie; null where there is no time. */
  readonly accepts: { readonly timeToFirstTokenUs: TimeRange; readonly decodeTokenUs: TimeRange } | null;
}

/** Both ends included, in µs. */
export interface TimeRange {
  readonly low: number;
  readonly high: number;
}

/**
 * A judgement that nothing can change any more. Claims are compared with this type and no other, so that they
 * cannot be read before it stands.
 */
export type SealedJudgement = Judgement & { readonly [sealed]: true };

/** Copies a judgement and freezes the copy, all the way down. */
export function sealJudgement(judgement: Judgement): SealedJudgement {
  return freeze(structuredClone(judgement)) as SealedJudgement;
}

function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}
