import type { GateReport } from '@tilewright/spec';
import { POLICY, type Policy } from '../policy/policy.ts';
import { compareReference, plannedReferenceComparisons, type ReferenceComparison } from './compare-reference.ts';
import type { GateProgress } from './gate-request.ts';
import { Ledger } from './ledger.ts';

/** What holding the oracle against its golden file came to, as far as the gate needs to know. */
export interface GoldenVerification {
  /** Who made the golden, as it says: `transformers 5.23.0 …`. */
  readonly madeBy: string;
  /** Tensors, tokens and files that were compared. */
  readonly compared: number;
  readonly comparedElements: number;
  readonly maxAbsoluteError: number;
  /** The first difference, or the first thing that the golden lacks; null if all agrees. */
  readonly failure: { readonly subject: string; readonly message: string } | null;
}

export interface OracleGateRequest {
  /** Null where there is no golden, or none was asked for. */
  readonly golden: GoldenVerification | null;
  /** Null where no other implementation is there, or none was asked for. */
  readonly comparison: ReferenceComparison | null;
  /** Why one of them is not there, a sentence each. They stand in the summary. */
  readonly notes?: readonly string[];
  readonly policy?: Policy;
  /** Recorded: what the prompts were drawn from. */
  readonly seeds?: readonly number[];
  readonly subjects: Readonly<Record<string, string>>;
  readonly onProgress?: (progress: GateProgress) => void;
}

/**
 * Phase 0: the oracle against another implementation that runs beside it, and against the golden file beside the model.
 * Without either there is nothing to hold the oracle against; the gate passes, and its summary says that nothing was
 * compared. What there was is in the evidence's `references`.
 */
export async function oracleGate(request: OracleGateRequest): Promise<GateReport> {
  const { golden, comparison, policy = POLICY, subjects, seeds = [], onProgress } = request;
  const planned = (golden?.compared ?? 0) + (comparison === null ? 0 : plannedReferenceComparisons(comparison));
  const ledger = new Ledger('oracle', 0, planned, policy, { seeds, subjects, ...(onProgress && { onProgress }) });
  if (golden !== null) bookGolden(golden, ledger);
  if (comparison !== null) await compareReference(comparison, policy, ledger);
  const report = ledger.report();
  const references = [
    ...(comparison === null ? [] : [comparison.reference.name]),
    ...(golden === null ? [] : [`golden file made by ${golden.madeBy}`]),
  ];
  return {
    ...report,
    summary: summarise(report, references, request.notes ?? []),
    evidence: { ...report.evidence, references },
  };
}

function bookGolden(
  { compared, comparedElements, maxAbsoluteError, failure }: GoldenVerification,
  ledger: Ledger,
): void {
  ledger.count(compared, comparedElements);
  const name = 'largest absolute error';
  ledger.figure({ name, value: maxAbsoluteError, unit: '', limit: null }, 'tolerance-exceeded', 0);
  if (compared === 0) {
    const message = 'the golden has nothing to compare';
    ledger.fail({ kind: 'missing-comparison', subject: 'golden', message, limit: null, value: 0 }, 0);
  }
  if (failure !== null) ledger.fail({ kind: 'tolerance-exceeded', ...failure, limit: null, value: null }, 0);
}

function summarise(report: GateReport, references: readonly string[], notes: readonly string[]): string {
  const held =
    references.length === 0
      ? 'Neither transformers nor a golden file: the oracle could be built, and was not held against anything'
      : `Held against ${references.join(' and ')}: ${report.summary}`;
  return [held, ...notes].join('. ');
}
