import type { Plan, PlanEdit } from '@tilewright/spec';

/**
 * Edits that name something the plan does not have, one sentence each. Names that earlier edits of the list
 * bring or take away count. Whether the result can be lowered is for the registry to say.
 */
export function danglingReferences(plan: Plan, edits: readonly PlanEdit[]): readonly string[] {
  const known = new Set<string>();
  for (const [section, { buffers, once, layer }] of Object.entries(plan.sections)) {
    for (const { id } of buffers) known.add(`${section} buffer ${id}`);
    for (const step of [...once, ...layer]) {
      known.add(`${section} step ${step.id}`);
      if (step.kind === 'dispatch') for (const { id } of step.launches) known.add(`${section} launch ${id}`);
    }
  }
  const faults: string[] = [];
  for (const edit of edits) {
    const { needs, adds, removes } = namesOf(edit);
    for (const name of needs) {
      if (!known.has(`${edit.section} ${name}`))
        faults.push(`${edit.kind} names the ${edit.section} ${name}, which is not there`);
    }
    for (const name of removes) known.delete(`${edit.section} ${name}`);
    for (const name of adds) known.add(`${edit.section} ${name}`);
  }
  return faults;
}

interface Names {
  readonly needs: readonly string[];
  readonly adds: readonly string[];
  readonly removes: readonly string[];
}

function namesOf(edit: PlanEdit): Names {
  const none: Names = { needs: [], adds: [], removes: [] };
  switch (edit.kind) {
    case 'merge-dispatches': {
      const parts = edit.dispatches.map((id) => `step ${id}`);
      return { needs: parts, adds: [`step ${edit.into}`], removes: parts };
    }
    case 'split-dispatch': {
      const launches = edit.into.flatMap((part) => part.launches.map((id) => `launch ${id}`));
      const whole = `step ${edit.dispatch}`;
      return { needs: [whole, ...launches], adds: edit.into.map(({ id }) => `step ${id}`), removes: [whole] };
    }
    case 'set-residency':
    case 'set-layout':
      return { ...none, needs: [`buffer ${edit.buffer}`] };
    case 'set-kernel':
      return { ...none, needs: [`launch ${edit.launch}`] };
    case 'fuse-launches': {
      const launches = edit.launches.map((id) => `launch ${id}`);
      return { needs: launches, adds: [`launch ${edit.into.id}`], removes: launches };
    }
    case 'bind-argument':
      return { ...none, needs: [`launch ${edit.launch}`, `buffer ${edit.buffer}`] };
    case 'add-buffer':
      return { ...none, adds: [`buffer ${edit.buffer.id}`] };
    case 'remove-buffer':
      return { ...none, needs: [`buffer ${edit.buffer}`], removes: [`buffer ${edit.buffer}`] };
    case 'insert-step': {
      const launches = edit.step.kind === 'dispatch' ? edit.step.launches.map(({ id }) => `launch ${id}`) : [];
      return { ...none, adds: [`step ${edit.step.id}`, ...launches] };
    }
    case 'remove-step':
      return { ...none, needs: [`step ${edit.step}`], removes: [`step ${edit.step}`] };
  }
}
