import { digest } from '@tilewright/gates';
import type { ReportInput } from './report-input.ts';
import { shortDigest } from './wording.ts';

/** What in the workspace does not belong together, in sentences. A verdict on another plan is none on this one. */
export function disagreements({ manifest, gateReports, plan, profile, evaluation }: ReportInput): readonly string[] {
  const found: string[] = [];
  const hold = (what: string, expected: string | null, got: string | undefined): void => {
    if (got === undefined || got === expected) return;
    found.push(`${what}: ${shortDigest(got)}, and deployment.json names ${shortDigest(expected ?? 'none')}.`);
  };
  hold('plan.json is another plan', manifest.planDigest, plan === null ? undefined : digest(plan));
  hold('The profile is of another plan', manifest.planDigest, profile?.planDigest);
  if (evaluation !== null) {
    hold('The verdict is on another plan', manifest.planDigest, evaluation.subjects.plan ?? 'none');
    hold('The verdict is on another model', manifest.model.digest, evaluation.subjects.model ?? 'none');
  }
  for (const { phase, status } of manifest.phases) {
    const verdict = gateReports.find((report) => report.phase === phase)?.verdict;
    if (status === 'passed' && verdict !== undefined && verdict !== 'pass') {
      found.push(`deployment.json says that phase ${phase} passed, and the verdict of its gate report is ${verdict}.`);
    }
  }
  return found;
}
