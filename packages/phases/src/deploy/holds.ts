import { digest } from '@tilewright/gates';
import type { Phase } from '../phase/phase-definition.ts';
import type { Journal } from '../workspace/journal.ts';

/** What verdicts of this run are bound to, apart from the plan. */
export interface Digests {
  readonly model: string;
  readonly policy: string;
  /** The target's id. */
  readonly target: string;
}

/** What the report of a phase must say that it judged: from phase 1 on the plan that stood when the phase ended. */
export function subjectsOf(
  journal: Journal,
  { kind, phase }: Phase,
  { model, target }: Digests,
): Readonly<Record<string, string>> {
  return kind === 'oracle' ? { model } : { model, plan: digest(journal.planAfter(phase)), target };
}

/** Whether the gate of a phase has passed what is there now: same model, plan, policy and target. */
export function gateHolds(journal: Journal, phase: Phase, digests: Digests): boolean {
  const report = journal.report(phase.phase);
  return (
    report?.verdict === 'pass' &&
    report.gate === phase.gate &&
    report.policyDigest === digests.policy &&
    digest(report.evidence.subjects) === digest(subjectsOf(journal, phase, digests))
  );
}

/** Whether a phase need not be run again: its gate holds, and the reviewer has approved it. */
export function holds(journal: Journal, phase: Phase, digests: Digests): boolean {
  return journal.record(phase.phase)?.status === 'passed' && gateHolds(journal, phase, digests);
}
