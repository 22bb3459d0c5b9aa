import { applyEdits } from '@tilewright/kernel-registry';
import type { Plan, PlanEdit } from '@tilewright/spec';

/**
 * The plan with every launch in a dispatch of its own: the same kernels over the same buffers. Between dispatches
 * each launch can be given the oracle's values, so that kernels can be judged one by one; within a merged one, not.
 */
export function splitLaunches(plan: Plan): Plan {
  const edits: PlanEdit[] = [];
  for (const section of ['prefill', 'decode', 'head'] as const) {
    const { once, layer } = plan.sections[section];
    const taken = new Set([...once, ...layer].map(({ id }) => id));
    for (const step of [...once, ...layer]) {
      if (step.kind !== 'dispatch' || step.launches.length < 2) continue;
      const into = step.launches.map(({ id }) => ({ id: freeName(`${step.id}/${id}`, taken), launches: [id] }));
      edits.push({ kind: 'split-dispatch', section, dispatch: step.id, into });
    }
  }
  return edits.length === 0 ? plan : applyEdits(plan, edits);
}

function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  while (taken.has(name)) name = `${name}'`;
  taken.add(name);
  return name;
}
