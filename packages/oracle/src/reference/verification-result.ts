/** The outcome of holding a model against its golden, as data. */
export interface VerificationResult {
  readonly directory: string;
  /** Who made the golden, as it says. */
  readonly madeBy: string;
  /** True if there are no failures. */
  readonly passed: boolean;
  readonly tolerance: Tolerance;
  readonly cases: readonly CaseResult[];
  /** Everything that is wrong, in the order: files, then case by case in execution order, then the tokenizer. */
  readonly failures: readonly VerificationFailure[];
  /** The first failure that names a tap, or else the first of any kind; null if all is well. */
  readonly firstDifference: VerificationFailure | null;
  /** What was compared. */
  readonly compared: {
    readonly taps: number;
    readonly elements: number;
    readonly greedyTokens: number;
    readonly tokenizerCases: number;
    readonly digests: number;
  };
  /** Largest |ours − golden| over all taps whose shapes agree. */
  readonly maxAbsoluteError: number;
}

/** An element is within if `|ours − golden| ≤ absolute + relative · |golden|`. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

export interface CaseResult {
  readonly name: string;
  /** Length of the prompt. */
  readonly tokens: number;
  /** In execution order. */
  readonly taps: readonly TapResult[];
  readonly greedy: { readonly expected: number; readonly identical: number };
}

export interface TapResult {
  readonly tap: string;
  /** Elements that were compared. */
  readonly elements: number;
  /** Null where the shapes differ. */
  readonly maxAbsoluteError: number | null;
  /** Elements outside the tolerance, or not finite. */
  readonly outside: number;
}

export type VerificationFailure = { readonly message: string } & (
  | { readonly kind: 'digest-mismatch'; readonly file: string; readonly expected: string; readonly got: string }
  | { readonly kind: 'golden-incomplete'; readonly case: string | null; readonly missing: string }
  | { readonly kind: 'tap-unknown'; readonly case: string | null; readonly tap: string }
  | {
      readonly kind: 'shape-mismatch';
      readonly case: string;
      readonly tap: string;
      readonly expected: readonly number[];
      readonly got: readonly number[];
    }
  | {
      /** The first element that is not a number on either side. */
      readonly kind: 'non-finite';
      readonly case: string;
      readonly tap: string;
      readonly index: readonly number[];
      readonly side: 'ours' | 'golden';
    }
  | {
      /** The first element outside; `worst` is the one furthest from the golden. */
      readonly kind: 'tolerance-exceeded';
      readonly case: string;
      readonly tap: string;
      readonly index: readonly number[];
      readonly ours: number;
      readonly golden: number;
      readonly absoluteError: number;
      readonly allowed: number;
      readonly outside: number;
      readonly worst: { readonly index: readonly number[]; readonly absoluteError: number };
    }
  | {
      readonly kind: 'greedy-differs';
      readonly case: string;
      /** Counted from 0. */
      readonly step: number;
      readonly ours: number;
      readonly golden: number;
    }
  | { readonly kind: 'tokenizer-differs'; readonly text: string; readonly expected: string; readonly got: string }
);
