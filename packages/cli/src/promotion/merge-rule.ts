import type { DispatchStep, Plan, PlanEdit } from '@tilewright/spec';
import type { ArgumentPlace, MergeRule } from './edit-rule.ts';
import { noRule } from './no-rule.ts';
import { dispatchesOf } from './plan-parts.ts';

type Merge = Extract<PlanEdit, { readonly kind: 'merge-dispatches' }>;
type SetResidency = Extract<PlanEdit, { readonly kind: 'set-residency' }>;

/** The rule behind a merge, with the buffers of the run that were kept in the same attempt. */
export function mergeRules([merge, ...others]: readonly [Merge, ...SetResidency[]], plan: Plan): readonly MergeRule[] {
  const { section } = merge;
  const dispatches = dispatchesOf(plan.sections[section]);
  const run = merge.dispatches.map((id) => {
    const step = dispatches.find((one) => one.id === id);
    if (step === undefined) throw noRule(`the plan has no dispatch ${id}`);
    return step;
  });
  const buffers = others.map((edit) => {
    const place = edit.section === section ? argumentPlace(run, edit.buffer) : undefined;
    if (place === undefined) throw noRule(`${edit.buffer} is no buffer of the dispatches that were merged`);
    return { ...place, residency: edit.residency, role: edit.role };
  });
  const kernels = run.map(({ launches }) => launches.map(({ kernel }) => kernel.name));
  return [{ kind: 'merge-dispatches', section, run: kernels, buffers }];
}

function argumentPlace(run: readonly DispatchStep[], buffer: string): ArgumentPlace | undefined {
  for (const [dispatch, { launches }] of run.entries()) {
    for (const [launch, { arguments: named }] of launches.entries()) {
      const argument = Object.keys(named).find((name) => named[name] === buffer);
      if (argument !== undefined) return { dispatch, launch, argument };
    }
  }
  return undefined;
}
