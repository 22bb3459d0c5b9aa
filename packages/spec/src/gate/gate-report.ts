/** Reasons for which a gate does not pass, in the order in which they are looked for. */
export type FailureKind =
  | 'shape-mismatch'
  | 'missing-comparison'
  | 'sentinel-overwritten'
  /** An output is not of this run: never written, kept from before, or the answer to other inputs or weights. */
  | 'stale-output'
  | 'non-finite'
  | 'tolerance-exceeded'
  | 'divergence'
  | 'unsupported'
  | 'not-on-device'
  | 'implausible-time'
  | 'runtime-fault';

export interface GateFailure {
  readonly kind: FailureKind;
  /** The tap or figure: `decode layers.2.q_rope`. */
  readonly subject: string;
  readonly message: string;
  readonly limit: number | null;
  readonly value: number | null;
}

/** How one compared tensor differs from the reference. Unitless unless named. */
export interface ComparisonStatistics {
  readonly count: number;
  readonly nonFinite: number;
  readonly referenceRootMeanSquare: number;
  readonly maxAbsoluteError: number;
  readonly meanAbsoluteError: number;
  readonly maxRelativeError: number;
  /** mean |ours − reference| / mean |reference|. */
  readonly meanRelativeL1: number;
  readonly correlation: number;
  /** Smallest cosine of any row. */
  readonly minRowCosine: number;
}

/** One comparison that the gate made. */
export interface GateComparison {
  readonly subject: string;
  /** Which thresholds of the policy applied. */
  readonly rule: string;
  readonly statistics: ComparisonStatistics;
  readonly passed: boolean;
}

/** What a gate found. `inconclusive` (too little was compared, or it could not run) blocks like `fail`. */
export interface GateReport {
  readonly specificationVersion: 'v1';
  readonly gate: string;
  readonly phase: number;
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  readonly summary: string;
  readonly policyDigest: string;
  readonly evidence: GateEvidence;
  readonly comparisons: readonly GateComparison[];
  /** Further figures with their limits: KL divergence, top-5, identical tokens. */
  readonly figures: readonly GateFigure[];
  readonly failures: readonly GateFailure[];
  /** The first kernel and layer, in execution order, that left its tolerance. */
  readonly firstDeviation: { readonly layer: number | null; readonly kernel: string; readonly section: string } | null;
}

export interface GateEvidence {
  readonly plannedComparisons: number;
  readonly madeComparisons: number;
  readonly comparedElements: number;
  readonly seeds: readonly number[];
  /** Digests of what was judged: model, plan, target id. */
  readonly subjects: Readonly<Record<string, string>>;
  /** Phase 0: what the oracle was held against, with versions; empty where there was nothing. */
  readonly references?: readonly string[] | undefined;
  readonly elapsedMs: number;
}

export interface GateFigure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly limit: { readonly at: 'most' | 'least'; readonly value: number } | null;
}
