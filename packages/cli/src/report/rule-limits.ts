import { POLICY, policyDigest, type ToleranceRule } from '@tilewright/gates';

export interface RuleLimits {
  readonly meanRelativeL1: number;
  readonly correlation: number;
  /** Null where it depends on a head dimension that is not known. */
  readonly rowCosine: number | null;
}

/** The limits of a gate's rules by name, or null if the gate judged by a policy that is not ours: its limits are unknown. */
export function ruleLimits(digest: string, headDim: number | null): ((rule: string) => RuleLimits | null) | null {
  if (digest !== policyDigest(POLICY)) return null;
  return (rule) => {
    if (rule === 'blockRowCosine') return { ...POLICY.block, rowCosine: blockCosine(headDim) };
    return toleranceRules().get(rule) ?? null;
  };
}

function toleranceRules(): ReadonlyMap<string, ToleranceRule> {
  const { block, blockNonlinear, run, runNonlinear, logits, reference } = POLICY;
  return new Map([
    ...Object.entries(POLICY.kernels).map(([kernel, rule]) => [`kernels.${kernel}`, rule] as const),
    ...Object.entries({ block, blockNonlinear, run, runNonlinear, logits, reference }),
  ]);
}

function blockCosine(headDim: number | null): number | null {
  if (headDim === null) return null;
  const entry = POLICY.blockRowCosine.find(({ headDimUpTo }) => headDimUpTo === null || headDim <= headDimUpTo);
  return entry?.atLeast ?? null;
}
