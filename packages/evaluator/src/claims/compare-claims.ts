import { digest } from '@tilewright/gates';
import type { ClaimComparison } from '@tilewright/spec';
import type { SealedJudgement } from '../judgement/sealed-judgement.ts';
import { ClaimList } from './claim-list.ts';
import { compareGates } from './compare-gates.ts';
import { compareProfile } from './compare-profile.ts';
import { type Lineage, planLineage } from './plan-lineage.ts';
import { type Claims, claimedValue, silenceOf } from './read-claims.ts';

/**
 * Holds what the deployment says of itself against what was found and sealed before. A claim that is missing
 * where it has to be made, or that cannot be read, does not agree.
 */
export function compareClaims(claims: Claims, judgement: SealedJudgement): ClaimComparison[] {
  const list = new ClaimList();
  const { subjects } = judgement;
  const manifest = claimedValue(claims.manifest);
  const silence = silenceOf(claims.manifest);
  list.same('model of the deployment', manifest?.model.digest ?? silence, subjects.model ?? '');
  list.same('plan of the deployment', manifest?.planDigest ?? (silence || 'nothing'), subjects.plan ?? '');
  list.same('policy of the deployment', manifest?.policyDigest ?? silence, subjects.policy ?? '');
  list.same('target of the deployment', manifest?.target.id ?? silence, subjects.target ?? '');
  const lineage = planLineage(claims, subjects.plan ?? '');
  compareGates(claims, judgement, lineage, list);
  compareTrajectory(claims, judgement, lineage, list);
  compareRunner(claims, judgement, list);
  compareProfile(claims, judgement, list);
  return list.comparisons;
}

/** The trajectory leads from the baseline to the plan that was judged, and its last times are those that were found. */
function compareTrajectory(claims: Claims, judgement: SealedJudgement, lineage: Lineage, list: ClaimList): void {
  const { trajectory, baseline } = claims;
  for (const [name, claim] of [
    ['trajectory', trajectory],
    ['plan before optimisation', baseline],
  ] as const) {
    if (claim.state === 'malformed') list.add(name, claim.reason, 'something readable', false);
  }
  list.same('end of the trajectory', lineage.end, judgement.subjects.plan ?? '');
  const attempts = claimedValue(trajectory)?.attempts ?? [];
  const wrongKind = attempts.find(({ timing }) => timing !== judgement.performance.timing);
  if (wrongKind) list.same('trajectory: kind of times', wrongKind.timing, judgement.performance.timing);
  const { accepts } = judgement;
  const last = attempts.filter(({ kept }) => kept).at(-1);
  if (accepts === null || last === undefined) return;
  const { low, high } = last.phase === 4 ? accepts.timeToFirstTokenUs : accepts.decodeTokenUs;
  list.within('trajectory: time after the last attempt that was kept', last.afterUs ?? Number.NaN, low, high, 'µs');
}

/** What a runner is told must be what was judged. */
function compareRunner({ runner: claim, gates, baseline }: Claims, judgement: SealedJudgement, list: ClaimList): void {
  const runner = claimedValue(claim);
  if (runner === null) {
    const isClaimed = gates.has(6) || claim.state === 'malformed';
    if (isClaimed) list.add('runner', silenceOf(claim), 'a runner manifest', false);
    return;
  }
  const { subjects, performance } = judgement;
  list.same('runner: model', runner.model.digest, subjects.model ?? '');
  list.same('runner: plan', runner.plan.digest, subjects.plan ?? '');
  list.same('runner: plan file', runner.plan.file, 'plan.json');
  list.same('runner: target', runner.target.id, subjects.target ?? '');
  if (performance.promptTokens > 0) {
    const prefill = Math.min(runner.prefillLength, runner.contextLength);
    list.same('runner: longest prompt', prefill, performance.promptTokens);
  }
  const first = claimedValue(baseline);
  if (first === null) return;
  const lengths = (of: { readonly prefillLength: number; readonly contextLength: number }): string =>
    digest([of.prefillLength, of.contextLength]);
  list.same('runner: lengths, as in the plan before optimisation', lengths(runner), lengths(first));
}
