import { digest } from '@tilewright/gates';
import type { GateReport } from '@tilewright/spec';
import type { SealedJudgement } from '../judgement/sealed-judgement.ts';
import type { ClaimList } from './claim-list.ts';
import type { Lineage } from './plan-lineage.ts';
import { type Claims, claimedValue, silenceOf } from './read-claims.ts';
import { inconsistencies, missingSubjects, strangeLimits, unlikeErrors } from './report-faults.ts';

/** The evaluator's own gate behind what a phase claims; null where it has none. */
const OWN_GATE: Readonly<Record<number, string | null>> = {
  0: null,
  1: 'kernels',
  2: 'blocks',
  3: 'model',
  4: 'model',
  5: 'model',
  6: null,
};

/**
 * The gate reports of the phases. A phase that the manifest lists and that has no report claims nothing, and that
 * disagrees; a report agrees if it is about what was judged, holds together, compared all that the evaluator
 * compared, found errors like its errors, and came to its verdict.
 */
export function compareGates(claims: Claims, judgement: SealedJudgement, lineage: Lineage, list: ClaimList): void {
  const { model, target, policy } = judgement.subjects;
  for (const [phase, claim] of claims.gates) {
    const label = `gate of phase ${phase}`;
    const report = claimedValue(claim);
    if (report === null) {
      list.add(label, silenceOf(claim), 'a gate report', false);
      continue;
    }
    const subjects = phase === 0 ? { model } : { model, plan: lineage.planAfter(phase), target };
    list.same(`${label}: what it judged`, digest(report.evidence.subjects), digest(subjects));
    list.same(`${label}: policy`, report.policyDigest, policy ?? '');
    const faults = inconsistencies(report, phase);
    list.add(`${label}: in itself`, faults[0] ?? 'consistent', 'consistent', faults.length === 0);
    const own = judgement.gates.find(({ gate }) => gate === OWN_GATE[phase]) ?? null;
    list.same(`${label}: verdict`, report.verdict, own?.verdict ?? 'pass');
    compareCounts(label, report, own, list);
    if (own === null) continue;
    const isAboutBaseline = phase <= 3;
    const limits = strangeLimits(report, own);
    list.add(`${label}: limits`, limits[0] ?? "the policy's", "the policy's", limits.length === 0);
    if (!isAboutBaseline) continue;
    const missing = missingSubjects(report, own);
    list.add(`${label}: what was compared`, missing[0] ? `not ${missing[0]}` : 'all', 'all', missing.length === 0);
    if (own.gate !== 'kernels') continue;
    const unlike = unlikeErrors(report, own);
    list.add(`${label}: errors`, unlike[0] ?? 'like those found', 'like those found', unlike.length === 0);
  }
}

function compareCounts(label: string, report: GateReport, own: GateReport | null, list: ClaimList): void {
  const { madeComparisons: made, plannedComparisons: planned } = report.evidence;
  // The same gate on one prompt plans this many; a deployment may have used more prompts, never fewer.
  const least = Math.max(planned, own?.evidence.plannedComparisons ?? 0);
  list.add(`${label}: comparisons made`, String(made), `at least ${least}`, made >= least);
}
