import { digest } from '@tilewright/gates';
import { applyEdits } from '@tilewright/kernel-registry';
import { type Plan, TilewrightError } from '@tilewright/spec';
import { type Claims, claimedValue, silenceOf } from './read-claims.ts';

/** Which plan stood when a phase ended, as far as the claims can show it. */
export interface Lineage {
  /** Digests by phase; `final` where there is no baseline. */
  planAfter(phase: number): string;
  /** What the edits that were kept make of the baseline: the digest of a plan, or why there is none. */
  readonly end: string;
}

/** Does again what the trajectory says was done to the baseline. Claims are data: nothing in them is believed. */
export function planLineage({ baseline, trajectory }: Claims, final: string): Lineage {
  const first = claimedValue(baseline);
  const attempts = claimedValue(trajectory)?.attempts ?? [];
  if (first === null) {
    const nothingDone = baseline.state === 'missing' && attempts.length === 0;
    return { planAfter: () => final, end: nothingDone ? final : `no baseline: ${silenceOf(baseline)}` };
  }
  const stood = new Map<number, string>();
  let plan: Plan = first;
  let end = digest(first);
  for (const { attempt, phase, kept, edits, planDigest } of attempts) {
    if (kept) {
      try {
        plan = applyEdits(plan, edits);
      } catch (error) {
        if (!TilewrightError.isInstance(error)) throw error;
        return { planAfter: () => final, end: `attempt ${attempt} cannot have been made: ${error.message}` };
      }
      end = digest(plan);
    }
    if (planDigest !== end)
      return { planAfter: () => final, end: `attempt ${attempt} did not lead to the plan it names` };
    stood.set(phase, end);
  }
  const baselineDigest = digest(first);
  return {
    planAfter: (phase) => {
      const before = [...stood].filter(([of]) => of <= phase).sort(([a], [b]) => b - a)[0];
      return before?.[1] ?? baselineDigest;
    },
    end,
  };
}
