import type { Observation, OptimizationAttempt, PlanEdit } from '@tilewright/spec';
import { cleanName } from '../text/clean-text.ts';
import { quoteUntrusted } from '../text/quote-untrusted.ts';

/** The attempt of this phase that made the same edits on the plan that stands and was rejected, if there is one. */
export function rejectedBefore(
  { attempts, situation }: Observation,
  edits: readonly PlanEdit[],
): OptimizationAttempt | null {
  const standing = attempts.at(-1)?.planDigest;
  const wanted = canonical(edits);
  return (
    attempts.findLast(
      (one) =>
        !one.kept &&
        one.phase === situation.phase &&
        one.planDigest === standing &&
        (one.edits === edits || canonical(one.edits) === wanted),
    ) ?? null
  );
}

/** When and why. */
export function rejectionText({ attempt, phase, proposal, rejection }: OptimizationAttempt): string {
  const why = quoteUntrusted(`attempt ${attempt}`, rejection ?? 'no reason was recorded', 500);
  return `attempt ${attempt} of phase ${phase} (${cleanName(proposal)}) made the same edits on this plan and was rejected: ${why}`;
}

/** JSON with the names of every object in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
